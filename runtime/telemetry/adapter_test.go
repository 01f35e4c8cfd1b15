package telemetry

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// adapted is a function of an adapter: a call that gets its name on the way.
func adapted(p *Point, how string) (err error) {
	call := BeginCall()
	defer call.End(&err)
	time.Sleep(time.Millisecond)
	if how != "nameless" {
		call.Name(p)
		call.Name(&Point{Name: "another"})
	}
	call.Add(slog.Bool("flag_force", true))
	call.Add(slog.String("free", "/home/bob"))
	switch how {
	case "error":
		return fs.ErrNotExist
	case "panic":
		panic("boom")
	case "goexit":
		runtime.Goexit()
	}
	return nil
}

// aside runs f where it may end as it likes.
func aside(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f()
	}()
	<-done
}

func TestCall(t *testing.T) {
	for _, c := range []struct {
		how, errorType string
		outcome        event.Outcome
	}{
		{"ok", "", event.OK},
		{"error", "*errors.errorString", event.Error},
		{"panic", "", event.Panic},
		{"goexit", "", event.Goexit},
	} {
		t.Run(c.how, func(t *testing.T) {
			s, dir := start(t, Config{})
			p := &Point{Name: "cluster.deploy", Kind: Command}
			for range 3 { // the first look at the stack, and what is remembered of it
				aside(func() { _ = adapted(p, c.how) })
			}
			s.Stop()
			records := spooled(t, dir)
			if len(records) != 6 {
				t.Fatalf("want a beginning and an end of each call, got %d records", len(records))
			}
			for i := 0; i < 6; i += 2 {
				if !records[i].Begin || records[i].ID != records[i+1].ID {
					t.Error("the beginning is missing")
				}
				got := data[event.Call](t, records[i+1])
				if got.DurationMS < 1 {
					t.Errorf("%v ms: the time before the name is missing", got.DurationMS)
				}
				got.DurationMS = 0
				want := event.Call{
					Command: "cluster.deploy", Success: c.outcome == event.OK, Outcome: c.outcome, ErrorType: c.errorType,
					Attributes: map[string]any{"flag_force": true, "free": "other"},
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestCallWithoutAName(t *testing.T) {
	s, dir := start(t, Config{})
	_ = adapted(nil, "nameless")
	_ = adapted(nil, "ok")
	s.Stop()
	if records := spooled(t, dir); len(records) != 1 || data[event.Summary](t, records[0]).Feature != "another" {
		t.Errorf("%d records", len(records))
	}
}

func TestCallStatus(t *testing.T) {
	s, dir := start(t, Config{})
	p := &Point{Name: "http.get"}
	for _, status := range []int{200, 404, 500, 503} {
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			call := BeginCall()
			defer call.EndStatus(w)
			call.Name(p)
			w.WriteHeader(status)
			if got := Status(w); got != status {
				t.Errorf("want %d, got %d", status, got)
			}
		}).ServeHTTP(httptest.NewRecorder(), nil)
	}
	s.Stop()
	calls, failed := uint64(0), uint64(0)
	for _, r := range spooled(t, dir) {
		sum := data[event.Summary](t, r)
		calls, failed = calls+sum.Calls, failed+sum.Errors
	}
	if calls != 4 || failed != 2 {
		t.Errorf("%d calls and %d errors", calls, failed)
	}
}

func TestCallOff(t *testing.T) {
	err := errors.New("x")
	p := &Point{Name: "x"}
	if n := testing.AllocsPerRun(100, func() {
		call := BeginCall()
		defer call.End(&err)
		call.Name(p)
	}); n != 0 {
		t.Errorf("%v allocations while off", n)
	}
}

func TestFlush(t *testing.T) {
	(*Session)(nil).Flush()
	s, dir := start(t, Config{})
	for range 5 {
		_ = end(&tkFeature, "ok")
	}
	s.Flush()
	calls := uint64(0)
	for _, r := range spooled(t, dir) {
		calls += data[event.Summary](t, r).Calls
	}
	if calls != 5 {
		t.Errorf("%d calls of 5 are written", calls)
	}
	s.Stop()
	s.Flush()
}
