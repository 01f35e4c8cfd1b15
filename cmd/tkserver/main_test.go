package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tkserver": main})
}

// TestScripts tells the stories of testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"started": started, "send": send, "lose": lose, "browse": browse, "interrupt": interrupt, "setdsn": setDSN,
		},
	})
}

var (
	listensOn = regexp.MustCompile(`listens on (http://\S+)`)
	linkIs    = regexp.MustCompile(`works once\): (http://\S+)`)
)

// started waits for the server in the background to say where it listens, and
// sets $URL and $LINK. Its stderr has to go to the file that is named.
func started(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: started FILE")
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if link := linkIs.FindSubmatch(text); err == nil && link != nil {
			ts.Setenv("URL", string(listensOn.FindSubmatch(text)[1]))
			ts.Setenv("LINK", string(link[1]))
			return
		}
		time.Sleep(10 * time.Millisecond) // another process: there is no clock to hold
	}
	ts.Fatalf("the server did not start: %s", ts.ReadFile(args[0]))
}

// setDSN sets $DSN to what the last command printed.
func setDSN(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv("DSN", strings.TrimSpace(ts.ReadFile("stdout")))
}

// send posts n commands of a version, and fails unless the server takes them
// (with !: unless it refuses them).
func send(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: send DSN COMMAND VERSION")
	}
	give(ts, neg, args[0], newCommand(args[1], args[2]))
}

// lose posts the event by which a program tells that it had to give up n events;
// metric is the name for why.
func lose(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: lose DSN METRIC N")
	}
	n, err := strconv.ParseUint(args[2], 10, 64)
	ts.Check(err)
	now := time.Now()
	m := event.Metric{Name: args[1], Unit: "1", WindowStart: now, WindowEnd: now, Total: n}
	give(ts, neg, args[0], newEvent("v1.0.0", event.Body{Type: event.TypeMetric, Data: event.AppendMetric(nil, m)}))
}

func give(ts *testscript.TestScript, neg bool, to string, event []byte) {
	dsn, err := wire.ParseDSN(to)
	ts.Check(err)
	if base := ts.Getenv("URL"); base != "" { // made before the port was known
		dsn.Host = strings.TrimPrefix(base, "http://")
	}
	status, err := post(http.DefaultClient, dsn, event)
	ts.Check(err)
	if (status == http.StatusOK) == neg {
		ts.Fatalf("sending: status %d", status)
	}
}

// browse opens the link, then the path, and fails unless the page holds all of
// the texts.
func browse(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: browse LINK PATH TEXT...")
	}
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	client := &http.Client{Jar: jar}
	_, err = fetch(client, args[0])
	ts.Check(err)
	page, err := fetch(client, ts.Getenv("URL")+args[1])
	ts.Check(err)
	for _, text := range args[2:] {
		if strings.Contains(page, text) == neg {
			ts.Fatalf("page %s: %q is there: %t\n%s", args[1], text, neg, page)
		}
	}
}

func fetch(c *http.Client, url string) (string, error) {
	resp, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// interrupt interrupts what runs in the background and waits for it.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
	}
}

// newCommand is the JSON of a command that has just succeeded in 20 ms.
func newCommand(name, version string) []byte {
	end := event.Ending{Outcome: event.OK, Took: 20 * time.Millisecond}
	return newEvent(version, event.Body{Type: event.TypeCommand, Data: event.AppendCall(nil, event.TypeCommand, name, end, nil)})
}

// newEvent is the JSON of an event of now.
func newEvent(version string, body event.Body) []byte {
	now := time.Now()
	e := event.Event{
		SchemaVersion: event.SchemaVersion, ID: event.NewID(now), Timestamp: now,
		Service: event.Service{Name: "tool", Version: version, Language: "go"},
		UserID:  "client_" + strings.Repeat("ab", 32), Environment: event.Environment{OS: "linux"},
		Body:     body,
		Metadata: event.Metadata{SDKVersion: "0.1.0", TransmissionTimestamp: now, BatchSize: 1},
	}
	return e.AppendJSON(nil)
}

// post sends a batch and returns the status of the answer.
func post(c *http.Client, dsn wire.DSN, events ...[]byte) (int, error) {
	batch := wire.Batch{}
	for _, e := range events {
		batch.Events = append(batch.Events, e)
	}
	body, err := wire.Encode(batch.Events)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	req, err := wire.Request{DSN: dsn, Time: now, Nonce: event.NewID(now), BatchSize: len(events), SDKVersion: "0.1.0"}.NewHTTP(body)
	if err != nil {
		return 0, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		args           string
		code           int
		stdout, stderr string // a part of each; empty: nothing at all
	}{
		{"", 0, "Usage:", ""},
		{"--help", 0, "app create", ""},
		{"version", 0, "tkserver ", ""},
		{"completion bash", 0, "__start_tkserver", ""},
		{"__complete usage --by ", 0, "version", "Completion"},
		{"nonsense", 2, "", `unknown command "nonsense"`},
		{"app", 0, "create", ""},
		{"app crate", 2, "", `unknown command "crate"`},
		{"version extra", 2, "", "extra"},
		{"serve --port 1", 2, "", "see: tkserver serve --help"},
		{"app create --data DIR", 2, "", `"name", "org"`},
		{"app create --data DIR --org A --name b", 2, "", "organisation"},
		{"app create --data DIR --org a --name b --url x", 2, "", "URL"},
		{"app list --data DIR/none", 2, "", "app create"},
		{"login --data DIR/none", 2, "", "no data folder"},
		{"usage --data DIR --org a --app b --by hour", 2, "", "--by"},
		{"usage --data DIR --org a --app b --from today", 2, "", "--from"},
		{"usage --data DIR/none --org a --app b", 2, "", "no data folder"},
		{"serve --data DIR --store postgres://x", 2, "", "want sqlite:PATH"},
		{"serve --data DIR --listen 127.0.0.1:99999", 2, "", "--listen"},
	} {
		args := strings.Fields(strings.ReplaceAll(test.args, "DIR", t.TempDir()))
		if strings.HasPrefix(test.args, "__complete") {
			args = append(args, "")
		}
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
		if code != test.code {
			t.Errorf("tkserver %s: exit code %d, want %d", test.args, code, test.code)
		}
		for name, got := range map[string]struct{ got, want string }{"stdout": {stdout.String(), test.stdout}, "stderr": {stderr.String(), test.stderr}} {
			if !strings.Contains(got.got, got.want) || got.want == "" && got.got != "" {
				t.Errorf("tkserver %s: %s is %q, want %q in it", test.args, name, got.got, got.want)
			}
		}
	}
}

func TestBaseURL(t *testing.T) {
	for addr, want := range map[string]struct {
		url  string
		loop bool
	}{
		"127.0.0.1:80": {"http://127.0.0.1:80", true}, "[::1]:80": {"http://[::1]:80", true},
		"0.0.0.0:80": {"http://127.0.0.1:80", false}, "[::]:80": {"http://127.0.0.1:80", false}, "192.0.2.1:80": {"http://192.0.2.1:80", false},
	} {
		if got := baseURL(addr); got != want.url || loopback(addr) != want.loop {
			t.Errorf("%s: %s, loopback %t; want %s, %t", addr, got, loopback(addr), want.url, want.loop)
		}
	}
}

// TestServeEnds: run returns 0 when it is told to stop.
func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	said := &cancelWriter{cancel: cancel}
	code := run(ctx, []string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, said)
	if code != 0 || !strings.Contains(said.text.String(), "/login?token=") {
		t.Errorf("exit code %d, stderr %q; want 0 and a link", code, said.text.String())
	}
}

// cancelWriter cancels when it is told of the link.
type cancelWriter struct {
	text   strings.Builder
	cancel func()
}

func (w *cancelWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("/login?token=")) {
		w.cancel()
	}
	return w.text.Write(p)
}
