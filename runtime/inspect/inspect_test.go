package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI", "DO_NOT_TRACK", "TESTPROG_TELEMETRY"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// record runs a program's session: f is what the program does.
func record(t *testing.T, dir string, f func()) {
	t.Helper()
	s := telemetry.Start(telemetry.Config{Service: "testprog", Version: "v1", Dir: dir})
	f()
	s.Stop()
}

var (
	deploy = telemetry.Point{Name: "cluster.deploy", Kind: telemetry.Command}
	fill   = telemetry.Point{Name: "cache.fill", Each: true}
	get    = telemetry.Point{Name: "cache.get"}
)

func call(p *telemetry.Point, how string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		func() (err error) {
			defer p.Begin().End(&err)
			switch how {
			case "error":
				return errors.New("x")
			case "canceled":
				return fmt.Errorf("reading: %w", context.Canceled)
			case "panic":
				panic("x")
			case "goexit":
				runtime.Goexit()
			}
			return nil
		}()
	}()
	<-done
}

func open(t *testing.T, dir string) *Data {
	t.Helper()
	d, err := Open(t.Context(), "testprog", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// What a program did, by name; seen a moment after it was done, by a process
// that runs beside it.
func TestStats(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, func() {
		for _, how := range []string{"ok", "ok", "error", "canceled", "panic", "goexit"} {
			call(&deploy, how)
			call(&fill, how)
			call(&get, how)
			call(&get, how)
		}
		telemetry.Track("config.migrated", slog.Int("from", 1))
		deploy.Begin() // runs still: this process is alive
	})
	want := []Stat{
		{Name: "cluster.deploy", Kind: "command", Calls: 6, OK: 2, Errors: 1, Canceled: 1, Panics: 1, Goexits: 1, Running: 1},
		{Name: "cache.fill", Kind: "feature", Calls: 6, OK: 2, Errors: 1, Canceled: 1, Panics: 1, Goexits: 1},
		{Name: "cache.get", Kind: "feature", Calls: 12, OK: 4, Errors: 2, Canceled: 2, Panics: 2, Goexits: 2},
		{Name: "config.migrated", Kind: "custom", Calls: 1, OK: 1},
	}
	got, err := open(t, dir).Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ignore := cmpopts.IgnoreFields(Stat{}, "P50MS", "P95MS", "First", "Last")
	if diff := cmp.Diff(want, got, ignore, cmpopts.IgnoreUnexported(Stat{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range got {
		if s.First.IsZero() || s.Last.Before(s.First) || time.Since(s.Last) > time.Hour {
			t.Errorf("%s: first %s, last %s", s.Name, s.First, s.Last)
		}
		if s.Name == get.Name && (s.P50MS <= 0 || s.P95MS < s.P50MS) {
			t.Errorf("%s: p50 %g, p95 %g", s.Name, s.P50MS, s.P95MS)
		}
	}
}

// A count and a measure of one name, and a second unit, are lines of their own.
func TestMetrics(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		record(t, dir, func() {
			telemetry.Count("size", 7)
			telemetry.Measure("size", -2, telemetry.Bytes)
			telemetry.Measure("size", 6, telemetry.Bytes)
			telemetry.Measure("size", 1, telemetry.Seconds)
			telemetry.Measure("size", math.NaN(), telemetry.Seconds)
		})
	}
	want := []Stat{
		{Name: "size", Kind: "count", Metric: &Metric{Unit: "1", Total: 14}},
		{Name: "size", Kind: "measure", Metric: &Metric{Unit: "By", Total: 4, Sum: 8, Min: -2, Max: 6, P50: -2, P95: 6}},
		{Name: "size", Kind: "measure", Metric: &Metric{Unit: "s", Total: 2, Invalid: 2, Sum: 2, Min: 1, Max: 1, P50: 1, P95: 1}},
	}
	got, err := open(t, dir).Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	options := []cmp.Option{
		cmpopts.IgnoreFields(Stat{}, "First", "Last"), cmpopts.IgnoreUnexported(Stat{}, Metric{}), cmpopts.EquateApprox(0.045, 0),
	}
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The percentiles of single calls and of summaries come out alike.
func TestQuantiles(t *testing.T) {
	found := map[statKey]*Stat{}
	var sum event.Summary
	sum.Feature = "counted"
	for ms := 1; ms <= 100; ms++ {
		c := event.AppendCall(nil, event.TypeFeature, "each", event.Ending{Outcome: event.OK, Took: time.Duration(ms) * time.Millisecond}, nil)
		add(t, found, event.TypeFeature, c)
		sum.Calls++
		sum.Duration.Add(uint64(ms) * 1e6)
	}
	add(t, found, event.TypeSummary, event.AppendSummary(nil, sum))
	each, counted := found[statKey{kind: "feature", name: "each"}], found[statKey{kind: "feature", name: "counted"}]
	for q, want := range map[float64]float64{0.5: 50, 0.95: 95} {
		a, b := each.durations.Quantile(q)/1e6, counted.durations.Quantile(q)/1e6
		if a != b || a < want*0.955 || a > want*1.045 {
			t.Errorf("p%g: %g by each, %g counted, want %g within 4.5 %%", 100*q, a, b, want)
		}
	}
}

func add(t *testing.T, found map[statKey]*Stat, typ event.Type, data []byte) {
	t.Helper()
	e := event.Event{Body: event.Body{Type: typ, Data: data}}
	if err := count(found, Event{JSON: e.AppendJSON(nil)}); err != nil {
		t.Fatal(err)
	}
}

func TestEvents(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, func() { call(&deploy, "ok"); telemetry.Track("x"); call(&fill, "ok") })
	d := open(t, dir)
	var states []string
	for e, err := range d.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := e.Parse()
		if _, none := os.Stat("/etc/os-release"); runtime.GOOS == "linux" && none == nil && parsed.Environment.OSVersion == "" {
			t.Errorf("the version of the system is missing: %s", e.JSON)
		}
		if err != nil || parsed.ID != e.ID || parsed.Service.Name != "testprog" {
			t.Errorf("%+v, %v", parsed, err)
		}
		if text, err := json.Marshal(e); err != nil || !strings.Contains(string(text), `"state":"local"`) {
			t.Errorf("%s, %v", text, err)
		}
		states = append(states, e.State)
	}
	if diff := cmp.Diff([]string{"local", "local", "local"}, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range d.Events(t.Context()) {
		break // leaves the outbox usable
	}
	if _, err := d.Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// answering is a server that takes what answer says.
func answering(t *testing.T, answer func(n string) (int, any)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		status, body := answer(r.Header.Get(wire.HeaderBatchSize))
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	return "http://tok:secret@" + s.Listener.Addr().String() + "/acme/prog"
}

func TestSyncAndStatus(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, func() { telemetry.Track("before.the.yes") })
	t.Setenv("TESTPROG_TELEMETRY", "on")
	record(t, dir, func() { call(&deploy, "ok"); telemetry.Track("x") })
	// Somebody else's bytes in the spool.
	names, err := filepath.Glob(filepath.Join(dir, "spool", "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	file, err := os.OpenFile(names[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("garbage"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	record(t, dir, func() { telemetry.Track("y") })

	d := open(t, dir)
	refusing := answering(t, func(string) (int, any) {
		return 401, wire.Failure{Error: wire.FailureError{Code: "unknown_token", Message: "who are you?"}}
	})
	if _, err := d.Sync(t.Context(), refusing); !errors.Is(err, agent.ErrRefused) {
		t.Fatal(err)
	}
	s, err := d.Status(t.Context())
	if err != nil || !strings.Contains(s.Sending.LastError, "who are you") || s.Events.Pending != 3 || s.Events.Local != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	taking := answering(t, func(n string) (int, any) {
		if n != "3" {
			t.Errorf("a batch of %s", n)
		}
		return 200, wire.Answer{Status: "success", Accepted: 3}
	})
	if got, err := d.Sync(t.Context(), taking); err != nil || got.Sent != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	s, err = d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Local: 1, Sent: 3, Torn: 1, TornBytes: 7}
	if diff := cmp.Diff(want, s.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.Mode != "on" || s.Cause != "TESTPROG_TELEMETRY=on" || s.Variable != "TESTPROG_TELEMETRY" || s.State != dir ||
		!strings.HasPrefix(s.InstallID, "client_") || s.Sending.LastSent.IsZero() || s.Sending.LastError != "" || s.SpoolFiles != 1 {
		t.Errorf("%+v", s)
	}
}

// Clean leaves the answer and what is not of telemetry-kit, and a program that
// runs goes on.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	running := telemetry.Start(telemetry.Config{Service: "testprog", Dir: dir})
	defer running.Stop()
	if err := telemetry.SetMode(telemetry.On); err != nil {
		t.Fatal(err)
	}
	call(&deploy, "ok")
	d := open(t, dir)
	if _, err := d.Sync(t.Context(), answering(t, func(string) (int, any) { return 200, wire.Answer{Status: "success"} })); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := d.Clean(t.Context())
	if err != nil || got.Events != 1 || len(got.Files) < 3 || got.Bytes == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if diff := cmp.Diff([]string{"mode", "notes.txt", "scope"}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if _, err := Open(t.Context(), "testprog", dir); !errors.Is(err, ErrNothing) {
		t.Errorf("want ErrNothing, got %v", err)
	}
	call(&deploy, "error")
	stats, err := open(t, dir).Stats(t.Context())
	if err != nil || len(stats) != 1 || stats[0].Calls != 1 || stats[0].Errors != 1 {
		t.Errorf("after cleaning: %+v, %v", stats, err)
	}
}

func TestNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := Open(t.Context(), "testprog", dir); !errors.Is(err, ErrNothing) || !strings.Contains(err.Error(), dir) {
		t.Errorf("want ErrNothing and the folder, got %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("looking made a folder")
	}
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	if _, err := Open(t.Context(), "testprog", ""); runtime.GOOS == "linux" && (err == nil || !strings.Contains(err.Error(), "set HOME")) {
		t.Errorf("without HOME: %v", err)
	}
}

func TestConsentOf(t *testing.T) {
	t.Setenv("DO_NOT_TRACK", "1")
	got, err := ConsentOf("testprog", "/somewhere")
	want := Consent{
		Service: "testprog", Mode: "off", Cause: "DO_NOT_TRACK=1", Variable: "TESTPROG_TELEMETRY",
		Config: "/somewhere", State: "/somewhere",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
