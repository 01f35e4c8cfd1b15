package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/ingest"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// logs is what a server says, for tests to look for what it must not say.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// place is a server on loopback over a data folder.
type place struct {
	*Server
	http *httptest.Server
	logs *logs
	dsn  wire.DSN
}

func start(t testing.TB, dir string) *place {
	t.Helper()
	p := &place{logs: new(logs)}
	var err error
	p.Server, err = Open(Config{
		Data: dir, Now: func() time.Time { return now }, Limits: ingest.Limits{AddressRate: -1, AppRate: -1},
		Logger: slog.New(slog.NewTextHandler(p.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.http = httptest.NewServer(p.Handler())
	t.Cleanup(p.stop)
	return p
}

func (p *place) stop() {
	p.http.Close()
	_ = p.Close() // a second time, if the test closed it
}

// newPlace is a server with one application.
func newPlace(t testing.TB) *place {
	t.Helper()
	p := start(t, t.TempDir())
	var err error
	if p.dsn, err = p.CreateApp(t.Context(), "acme", "tool", p.http.URL); err != nil {
		t.Fatal(err)
	}
	return p
}

// command is the JSON of a command that took 20 ms.
func command(name, version string, outcome event.Outcome) json.RawMessage {
	e := event.Event{
		SchemaVersion: event.SchemaVersion, ID: event.NewID(now), Timestamp: now.Add(-time.Minute),
		Service: event.Service{Name: "tool", Version: version, Language: "go"},
		UserID:  "client_" + strings.Repeat("ab", 32), Environment: event.Environment{OS: "linux"},
		Body:     event.Body{Type: event.TypeCommand, Data: event.AppendCall(nil, event.TypeCommand, name, event.Ending{Outcome: outcome, Took: 20 * time.Millisecond}, nil)},
		Metadata: event.Metadata{SDKVersion: "0.1.0", TransmissionTimestamp: now, BatchSize: 1},
	}
	return e.AppendJSON(nil)
}

func signed(t testing.TB, dsn wire.DSN, events ...json.RawMessage) (*http.Request, []byte) {
	t.Helper()
	body, err := wire.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	req, err := wire.Request{DSN: dsn, Time: now, Nonce: event.NewID(now), BatchSize: len(events), SDKVersion: "0.1.0"}.NewHTTP(body)
	if err != nil {
		t.Fatal(err)
	}
	return req, body
}

func post(t testing.TB, req *http.Request) (int, wire.Answer, *wire.FailureError) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, failure := wire.ReadAnswer(resp.StatusCode, resp.Body)
	return resp.StatusCode, answer, failure
}

func send(t testing.TB, dsn wire.DSN, events ...json.RawMessage) wire.Answer {
	t.Helper()
	req, _ := signed(t, dsn, events...)
	status, answer, failure := post(t, req)
	if failure != nil {
		t.Fatalf("%d %+v", status, failure)
	}
	return answer
}

// browser is a client with a cookie jar.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestTheWay follows events from the wire to the page.
func TestTheWay(t *testing.T) {
	p := newPlace(t)
	answer := send(t, p.dsn, command("deploy", "v1.0.0", event.OK), command("deploy", "v1.1.0", event.Error), command("status", "v1.1.0", event.OK))
	if want := (wire.Answer{Status: "success", Accepted: 3}); !cmp.Equal(answer, want) {
		t.Errorf("answer %+v, want %+v", answer, want)
	}
	usage, err := p.Usage(t.Context(), analytics.Query{Org: "acme", App: "tool", By: analytics.ByVersion})
	if err != nil || usage.Total.Calls != 3 || usage.Total.Errors != 1 || len(usage.Rows) != 3 {
		t.Errorf("usage %+v, %v; want 3 calls, 1 error, 3 rows", usage, err)
	}

	c := browser(t)
	queryURL := p.http.URL + "/v1/query/acme/tool/usage?by=version"
	if status, text := get(t, c, queryURL); status != 401 || !strings.Contains(text, "no_session") {
		t.Errorf("query without a session: %d %s", status, text)
	}
	link, err := p.LoginURL(t.Context(), p.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, c, link); status != 200 {
		t.Errorf("opening the link: %d", status)
	}
	if status, _ := get(t, browser(t), link); status != 401 {
		t.Errorf("opening the link again: %d, want 401", status)
	}
	status, text := get(t, c, queryURL)
	var over analytics.Usage
	if err := json.Unmarshal([]byte(text), &over); status != 200 || err != nil || !cmp.Equal(over, usage) {
		t.Errorf("query: %d, %v, differs from Usage:\n%s", status, err, cmp.Diff(usage, over))
	}
	if status, page := get(t, c, p.http.URL+"/apps/acme/tool"); status != 200 || !strings.Contains(page, "deploy") || !strings.Contains(page, "v1.1.0") {
		t.Errorf("page: %d, without the command or the version:\n%s", status, page)
	}
}

// TestReplayAfterRestart: a restart forgets nonces, and nothing is counted
// twice all the same.
func TestReplayAfterRestart(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	dsn, err := p.CreateApp(t.Context(), "acme", "tool", p.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	req, body := signed(t, dsn, command("deploy", "v1", event.OK))
	if status, _, _ := post(t, req); status != 200 {
		t.Fatalf("first: %d", status)
	}
	replay := func(base string) (int, wire.Answer) {
		again := req.Clone(t.Context())
		again.URL.Host = strings.TrimPrefix(base, "http://")
		again.Body = io.NopCloser(strings.NewReader(string(body)))
		status, answer, _ := post(t, again)
		return status, answer
	}
	if status, _ := replay(p.http.URL); status != 409 {
		t.Errorf("replay: %d, want 409", status)
	}
	p.stop()
	p = start(t, dir)
	if status, answer := replay(p.http.URL); status != 200 || answer.Duplicates != 1 {
		t.Errorf("replay after a restart: %d %+v, want 200 with one duplicate", status, answer)
	}
	usage, err := p.Usage(t.Context(), analytics.Query{Org: "acme", App: "tool"})
	if err != nil || usage.Total.Calls != 1 {
		t.Errorf("%d calls after the replay, %v; want 1", usage.Total.Calls, err)
	}
}

func TestNothingPersonalIsLoggedOrStored(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	dsn, err := p.CreateApp(t.Context(), "acme", "tool", p.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	req, _ := signed(t, dsn, command("deploy", "v1", event.OK))
	for key, value := range map[string]string{"X-Forwarded-For": "203.0.113.77", "Forwarded": "for=203.0.113.77", "User-Agent": "agent-77"} {
		req.Header.Set(key, value)
	}
	post(t, req)
	forged, _ := signed(t, dsn, command("deploy", "v1", event.OK))
	forged.Header.Set(wire.HeaderSignature, "forged")
	post(t, forged)
	p.stop()
	everything := p.logs.String()
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		everything += string(text)
	}
	if !strings.Contains(everything, "bad_signature") || !strings.Contains(everything, "deploy") {
		t.Error("neither the log nor the store holds what this test looks through")
	}
	for _, secret := range []string{"203.0.113.77", "127.0.0.1", "agent-77", dsn.Token, dsn.Secret} {
		if strings.Contains(everything, secret) {
			t.Errorf("log or store hold %q", secret)
		}
	}
}

func TestHealthAndRoutes(t *testing.T) {
	p := newPlace(t)
	for path, want := range map[string]int{
		"/healthz": 200, "/": 401, "/apps/acme/tool": 401, "/v1/ingest/acme/tool": 404, "/v1/nothing": 404, "/nothing": 404,
		"/assets/style.css": 200, "/assets/app.html": 404, "/assets/..%2frender.go": 404,
	} {
		if got, text := get(t, http.DefaultClient, p.http.URL+path); got != want {
			t.Errorf("GET %s: %d, want %d: %s", path, got, want, text)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := get(t, http.DefaultClient, p.http.URL+"/healthz"); got != 503 {
		t.Errorf("health without a store: %d, want 503", got)
	}
	req, _ := signed(t, p.dsn, command("deploy", "v1", event.OK))
	if status, _, failure := post(t, req); status != 503 || failure.Code != "unavailable" {
		t.Errorf("batch without a store: %d %+v, want 503 unavailable", status, failure)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"no folder":         {Config{}, "no data folder"},
		"another store":     {Config{Data: dir, Store: "postgres://user:hunter2@host/db"}, `"postgres:…"`},
		"no path":           {Config{Data: dir, Store: "sqlite:"}, "want sqlite:PATH"},
		"a file":            {Config{Data: file}, "not a directory"},
		"no folder to look": {Config{Data: filepath.Join(dir, "none"), Existing: true}, "app create"},
	} {
		srv, err := Open(test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, %v; want an error that says %s", name, srv, err, test.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("looking made a folder")
	}
	srv, err := Open(Config{Data: dir, Store: "sqlite:" + filepath.Join(dir, "elsewhere.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if _, err := srv.Usage(t.Context(), analytics.Query{Org: "a", App: "b"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("usage of nobody: got %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "elsewhere.db")); err != nil {
		t.Errorf("the store is not where it was asked for: %v", err)
	}
}

// TestDrain: a request that has begun is answered when the server stops.
func TestDrain(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	srv, err := Open(Config{Data: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := srv.CreateApp(t.Context(), "acme", "tool", "http://"+l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l) }()

	req, body := signed(t, dsn, command("deploy", "v1", event.OK))
	half := &stopper{body: strings.NewReader(string(body)), half: len(body) / 2, stop: stop}
	req.Body, req.ContentLength, req.Close = io.NopCloser(half), int64(len(body)), true
	// The body is asked for by the handler, so its first byte is read when the
	// request has begun for certain.
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}}
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("request in progress: %v, %v; want 200", resp, err)
	}
	resp.Body.Close()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}

// stopper is a body that stops the server in its middle.
type stopper struct {
	body io.Reader
	half int
	stop func()
}

func (s *stopper) Read(p []byte) (int, error) {
	n, err := s.body.Read(p[:min(len(p), max(s.half, 1))])
	s.stop()
	return n, err
}

func TestServeSaysWhyItCannot(t *testing.T) {
	srv, err := Open(Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := srv.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "serving") {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

func TestPanicStaysInItsRequest(t *testing.T) {
	p := newPlace(t)
	h := p.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }))
	defer func() {
		if r, _ := recover().(error); !errors.Is(r, http.ErrAbortHandler) {
			t.Errorf("it panicked with %v, want ErrAbortHandler", r)
		}
		if text := p.logs.String(); !strings.Contains(text, "oops") || strings.Contains(text, "192.0.2.1") {
			t.Errorf("log %q: want the panic, and no address", text)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// BenchmarkIngest is the whole way of a batch over loopback, to durable rows
// with rollups, by four senders.
func BenchmarkIngest(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := newPlace(b)
			b.SetParallelism(2)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				client := &http.Client{Transport: &http.Transport{}}
				for pb.Next() {
					events := make([]json.RawMessage, size)
					for i := range events {
						events[i] = command(fmt.Sprint("command", i%10), "v1.2.3", event.OK)
					}
					req, _ := signed(b, p.dsn, events...)
					resp, err := client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
						b.Errorf("%d, %v", resp.StatusCode, err)
					}
					resp.Body.Close()
				}
			})
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
