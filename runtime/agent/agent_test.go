package agent

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI", "DO_NOT_TRACK", "TESTPROG_TELEMETRY"} {
		os.Unsetenv(name)
	}
	code := m.Run()
	for _, dir := range built {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// collector is a server that verifies what it gets and keeps the events.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	events map[string]event.Event
	seen   map[string]int
}

func collect(t *testing.T) *collector {
	c := &collector{events: map[string]event.Event{}, seen: map[string]int{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) dsn() string {
	return "http://tok:secret@" + c.Listener.Addr().String() + "/acme/prog"
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	h := r.Header
	if err := wire.CheckTime(h.Get(wire.HeaderTimestamp), time.Now()); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":{"code":"bad_timestamp","message":%q}}`, err)
		return
	}
	if !wire.Verify("secret", h.Get(wire.HeaderTimestamp), h.Get(wire.HeaderNonce), body, h.Get(wire.HeaderSignature)) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"bad_signature","message":"no"}}`)
		return
	}
	unzip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var batch struct{ Events []event.Event }
	if err := json.NewDecoder(unzip).Decode(&batch); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, e := range batch.Events {
		c.events[e.ID.String()] = e
		c.seen[e.ID.String()]++
	}
	_ = json.NewEncoder(w).Encode(wire.Answer{Status: "success", Accepted: len(batch.Events)})
}

func (c *collector) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.events)
}

// recordSome runs a session that leaves a finished command, a counted feature and
// something that happened: three events.
func recordSome(t *testing.T, dir string) {
	t.Helper()
	s := telemetry.Start(telemetry.Config{Service: "testprog", Dir: dir})
	command, feature := telemetry.Point{Name: "some.command", Kind: telemetry.Command}, telemetry.Point{Name: "some.feature"}
	command.Begin().End(nil)
	feature.Begin().End(nil)
	telemetry.Track("some.thing")
	s.Stop()
}

// The whole way: recorded, drained, sent, acknowledged, once.
func TestSync(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	c, dir := collect(t), t.TempDir()
	recordSome(t, dir)
	got, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()})
	if want := (Result{Sent: 3, Requests: 1}); err != nil || got != want {
		t.Fatalf("want %+v, got %+v (%v)", want, got, err)
	}
	got, err = Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()})
	if err != nil || got != (Result{}) {
		t.Errorf("the second time %+v (%v)", got, err)
	}
	users := map[string]bool{}
	for _, e := range c.events {
		users[e.UserID] = true
		if e.Metadata.SDKVersion == "" || e.Metadata.BatchSize != 3 {
			t.Errorf("metadata %+v", e.Metadata)
		}
	}
	if len(c.events) != 3 || len(users) != 1 {
		t.Errorf("%d events of %d installs", len(c.events), len(users))
	}
}

// Two programs have two ids, and nothing but a reset or a clean makes a new one.
func TestInstallID(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	c := collect(t)
	ids := map[string]int{}
	for _, dir := range []string{t.TempDir(), t.TempDir()} {
		for range 2 {
			recordSome(t, dir)
			if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, e := range c.events {
		ids[e.UserID]++
	}
	if len(ids) != 2 {
		t.Errorf("%d ids of two programs: %v", len(ids), ids)
	}
	for id, n := range ids {
		if n != 6 || len(id) != len("client_")+64 {
			t.Errorf("%d events of %q, want 6", n, id)
		}
	}
}

// The names that telemetry looks for are those that the heavy stages write.
func TestFilesOfIdentity(t *testing.T) {
	source, err := os.ReadFile("../telemetry/log.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"installFile": upload.InstallFile, "weekFile": outbox.WeekFile} {
		if !regexp.MustCompile(name + ` += "` + file + `"`).Match(source) {
			t.Errorf("%s is not %q in runtime/telemetry", name, file)
		}
	}
}

// A yes holds for the server that was first sent to after it, and for no other.
func TestYesIsForOneServer(t *testing.T) {
	a, b, dir := collect(t), collect(t), t.TempDir()
	now := time.Now()
	yes := func() {
		t.Helper()
		now = now.Add(time.Second)
		if err := consent.Save(consent.Folders{Config: dir, State: dir}, consent.On, now.Add(-time.Hour), consent.Scope{}); err != nil {
			t.Fatal(err)
		}
	}
	sync := func(c *collector) error {
		recordSome(t, dir)
		_, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()})
		return err
	}
	yes()
	if err := errors.Join(sync(a), sync(a)); err != nil || a.len() != 6 {
		t.Errorf("the first server has %d events (%v)", a.len(), err)
	}
	err := sync(b)
	if !errors.Is(err, ErrNoConsent) || !strings.Contains(err.Error(), "and the program would send to "+endpointOf(b)) || b.len() != 0 {
		t.Errorf("another server has %d events (%v)", b.len(), err)
	}
	yes()
	if err := sync(b); err != nil || b.len() != 3+3 {
		t.Errorf("after a new yes the other server has %d events (%v)", b.len(), err)
	}
	if err := sync(a); !errors.Is(err, ErrNoConsent) {
		t.Errorf("and the first one again: %v", err)
	}
}

func endpointOf(c *collector) string { return "http://" + c.Listener.Addr().String() }

// Without a yes nothing leaves, and what was recorded before it never does.
func TestConsent(t *testing.T) {
	c, dir := collect(t), t.TempDir()
	for _, mode := range []string{"local", "log"} {
		t.Setenv("TESTPROG_TELEMETRY", mode)
		if mode == "local" {
			recordSome(t, dir)
		}
		if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()}); !errors.Is(err, ErrNoConsent) || !strings.Contains(err.Error(), mode) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "install-id")); err == nil {
		t.Error("an id was made without a yes")
	}
	t.Setenv("TESTPROG_TELEMETRY", "on")
	if got, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()}); err != nil || got.Sent != 0 {
		t.Errorf("sent what was recorded before the yes: %+v (%v)", got, err)
	}
	recordSome(t, dir)
	t.Setenv("DO_NOT_TRACK", "1")
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()}); !errors.Is(err, ErrNoConsent) || !strings.Contains(err.Error(), "DO_NOT_TRACK") {
		t.Errorf("DO_NOT_TRACK: %v", err)
	}
	if n := c.len(); n != 0 {
		t.Errorf("the server has %d events", n)
	}
}

// A no between two yeses withdraws what lay between the first yes and the no.
func TestYesNoYes(t *testing.T) {
	c, dir := collect(t), t.TempDir()
	now := time.Now()
	s := telemetry.Start(telemetry.Config{Service: "testprog", Dir: dir})
	set := func(m telemetry.Mode) {
		t.Helper()
		if err := telemetry.SetMode(m); err != nil {
			t.Fatal(err)
		}
	}
	set(telemetry.On)
	telemetry.Track("under.the.first.yes")
	set(telemetry.Off)
	s.Stop()
	// The second yes is given an hour later.
	answer := fmt.Sprintf("on %s\n", now.Add(time.Hour).UTC().Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(dir, "mode"), []byte(answer), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()})
	if err != nil || got.Sent != 0 || c.len() != 0 {
		t.Errorf("%+v (%v), the server has %d", got, err, c.len())
	}
}

func TestSyncErrors(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	dir := t.TempDir()
	recordSome(t, dir)
	c := collect(t)
	for name, v := range map[string]struct {
		o    Options
		want error
	}{
		"no DSN":          {Options{Service: "testprog", Dir: dir}, wire.ErrDSN},
		"a malformed DSN": {Options{Service: "testprog", Dir: dir, DSN: "https://example.com"}, wire.ErrDSN},
		"a wrong secret":  {Options{Service: "testprog", Dir: dir, DSN: strings.Replace(c.dsn(), "secret", "wrong", 1)}, ErrRefused},
		"a wrong clock":   {Options{Service: "testprog", Dir: dir, DSN: c.dsn(), Now: func() time.Time { return time.Now().Add(time.Hour) }}, ErrLater},
		"nobody there":    {Options{Service: "testprog", Dir: dir, DSN: "http://tok:secret@127.0.0.1:1/acme/prog"}, ErrLater},
	} {
		v.o.Force = true // whatever the case before it has left
		if _, err := Sync(t.Context(), v.o); !errors.Is(err, v.want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: want %v, got %v", name, v.want, err)
		}
	}
	if got, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn(), Force: true}); err != nil || got.Sent != 3 {
		t.Errorf("after all that: %+v (%v)", got, err)
	}
}

func TestDue(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		token string
		size  int64
		want  bool
	}{
		"nothing to send":          {"", 0, false},
		"never sent":               {"", 1, true},
		"sent a moment ago":        {fmt.Sprint(now.Add(time.Hour).Unix(), 100), 200, false},
		"its time has come":        {fmt.Sprint(now.Add(-time.Second).Unix(), 100), 200, true},
		"much came since":          {fmt.Sprint(now.Add(time.Hour).Unix(), 100), 100 + sendBytes, true},
		"much that was there then": {fmt.Sprint(now.Add(time.Hour).Unix(), sendBytes), sendBytes + 10, false},
		"a clock that was wrong":   {fmt.Sprint(now.Add(1000*time.Hour).Unix(), 100), 200, true},
		"damaged":                  {"x", 200, true},
	} {
		dir := t.TempDir()
		if c.token != "" {
			if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte(c.token), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := due(dir, c.size, now); got != c.want {
			t.Errorf("%s: want %v, got %v", name, c.want, got)
		}
	}
}

func TestClaim(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	won := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if claim(dir, now) {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d claims at once", won)
	}
	if !claim(dir, now.Add(claimStale+time.Second)) {
		t.Error("a dead child's claim holds for ever")
	}
	if claim(filepath.Join(dir, "none"), now) {
		t.Error("a claim in a folder that is not there")
	}
}

func TestLaunchRefuses(t *testing.T) {
	p := telemetry.Place{Service: "testprog", State: t.TempDir()}
	if err := (&agent{dsn: "http://a:b@h/o/a"}).launch(p, time.Now(), true); err == nil || !strings.Contains(err.Error(), "go test") {
		t.Errorf("under go test: %v", err)
	}
	t.Setenv("CI", "1")
	if err := (&agent{}).launch(p, time.Now(), true); err == nil || !strings.Contains(err.Error(), "CI") {
		t.Errorf("in CI: %v", err)
	}
}

// build builds testdata/prog, once.
var build = sync.OnceValues(func() (string, error) { return buildWith() })

// built are the folders to remove in the end.
var built []string

// buildWith builds the program, with other arguments of the go command in front.
func buildWith(args ...string) (string, error) {
	dir, err := os.MkdirTemp("", "agenttest")
	if err != nil {
		return "", err
	}
	built = append(built, dir)
	binary := filepath.Join(dir, "testprog")
	args = append(append([]string{"build", "-o", binary}, args...), "./testdata/prog")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return binary, nil
}

func prog(t *testing.T, dir, dsn string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), "TESTPROG_DIR="+dir, "TESTPROG_DSN="+dsn, "TESTPROG_TELEMETRY=on")
	return cmd
}

// until polls, for what another process does.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("waited in vain for: %s", what)
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// A real program ends by os.Exit. Its first run leaves events; the second
// starts a detached child that sends them, and neither waits nor says anything.
func TestDetachedChild(t *testing.T) {
	c, dir := collect(t), t.TempDir()
	for run := range 3 {
		out, err := prog(t, dir, c.dsn()).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 5 || string(out) != "took true\n" {
			t.Fatalf("run %d: %v\n%s", run, err, out)
		}
		if run == 1 {
			until(t, "the child to send and end", func() bool { return c.len() >= 1 && gone(filepath.Join(dir, claimFile)) })
		}
	}
	// The child of the second run may or may not have seen its starter's own
	// command; the third run found that nothing was due.
	if n := c.len(); n < 1 || n > 2 {
		t.Errorf("the server has %d events, want 1 or 2", n)
	}
	for id, n := range c.seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	got, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn()})
	if !errors.Is(err, ErrNoConsent) {
		t.Errorf("this process has no yes: %+v (%v)", got, err)
	}
	t.Setenv("TESTPROG_TELEMETRY", "on")
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: c.dsn(), Force: true}); err != nil || c.len() != 3 {
		t.Errorf("in the end the server has %d events (%v), want 3", c.len(), err)
	}
}

// A server that accepts and never answers, and one that drops everything, cost
// the program nothing: the child is what waits, and one at a time.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	dsn := "http://tok:secret@" + l.Addr().String() + "/acme/prog"
	if err := prog(t, dir, dsn).Run(); err == nil {
		t.Fatal("want exit code 5")
	}
	var times []time.Duration
	for range 5 {
		began := time.Now()
		out, _ := prog(t, dir, dsn).CombinedOutput() // waits for stdout and stderr to be closed, too
		times = append(times, time.Since(began))
		if string(out) != "took true\n" {
			t.Errorf("output: %s", out)
		}
	}
	if slowest := slices.Max(times); slowest > 3*time.Second { // the child waits for ten seconds
		t.Errorf("the program waited: %v", times)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close() // lets the child go
	until(t, "the child to end", func() bool { return gone(filepath.Join(dir, claimFile)) })
}

// TestEndpoint is what a person reads when they are asked: where to, and nothing
// of the credentials.
func TestEndpoint(t *testing.T) {
	for dsn, want := range map[string]string{
		"https://token:secret@telemetry.example.com/acme/app": "https://telemetry.example.com",
		"http://token:secret@127.0.0.1:8080/acme/app":         "http://127.0.0.1:8080",
		"https://example.com":                                 "",
		"":                                                    "",
	} {
		if got := New(dsn).(interface{ Endpoint() string }).Endpoint(); got != want {
			t.Errorf("%s: want %q, got %q", dsn, want, got)
		}
	}
}
