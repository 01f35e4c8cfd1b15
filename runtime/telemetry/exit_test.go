package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

const exiter = "TESTPROG_EXIT"

func init() { programs[exiter] = runExiter }

// runExiter leaves by Exit in the middle of things.
func runExiter(how string) {
	if how != "without a session" {
		Start(Config{Service: "testprog", Version: "v1", Dir: os.Getenv("TESTPROG_DIR")})
	}
	switch how {
	case "0", "without a session":
		defer tkCommand.Begin().End(nil)
		Count("files", 3)
		_ = end(&tkFeature, "ok")
		_ = end(&tkFeature, "ok")
		Exit(0)
	case "3":
		_ = end(&tkCommand, "error")
		defer tkCommand.Begin().End(nil)
		func() {
			defer tkEach.Begin().End(nil)
			c := BeginCall()
			defer c.End(nil)
			c.Add(slog.Bool("flag_force", true))
			c.Name(&Point{Name: "by.adapter", Kind: Command})
			c.Add(slog.Bool("flag_late", true))
			defer os.Exit(99) // does not run
			Exit(3)
		}()
	case "from everywhere":
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_ = end(&tkCommand, "ok")
				Exit(4)
			})
		}
		all.Wait()
	}
}

func exitOf(t *testing.T, how string) (code int, calls []event.Call, records []event.Record) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), exiter+"="+how, "TESTPROG_DIR="+dir, "TESTPROG_TELEMETRY=local")
	out, err := cmd.CombinedOutput()
	if ee := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ee) || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "spool")); err != nil {
		return cmd.ProcessState.ExitCode(), nil, nil
	}
	records = spooled(t, dir)
	for _, r := range records {
		var c event.Call
		if body := parse(t, r).Body; body.Type == event.TypeCommand && !r.Begin {
			if err := json.Unmarshal(body.Data, &c); err != nil {
				t.Fatal(err)
			}
			calls = append(calls, c)
		}
	}
	return cmd.ProcessState.ExitCode(), calls, records
}

func TestExit(t *testing.T) {
	ignore := cmpopts.IgnoreFields(event.Call{}, "DurationMS")
	code, calls, records := exitOf(t, "0")
	want := []event.Call{{Command: "cluster.deploy", Success: true, Outcome: event.OK, ExitCode: new(0)}}
	if diff := cmp.Diff(want, calls, ignore); code != 0 || diff != "" {
		t.Errorf("exit code %d; calls (-want +got):\n%s", code, diff)
	}
	counted := map[event.Type]uint64{}
	for _, r := range records {
		switch e := parse(t, r); e.Body.Type {
		case event.TypeSummary:
			counted[e.Body.Type] += data[event.Summary](t, r).Calls
		case event.TypeMetric:
			counted[e.Body.Type] += data[event.Metric](t, r).Total
		}
	}
	if counted[event.TypeSummary] != 2 || counted[event.TypeMetric] != 3 {
		t.Errorf("counted %v, want 2 calls and 3 files", counted)
	}
	code, calls, _ = exitOf(t, "3")
	want = []event.Call{
		{Command: "cluster.deploy", Outcome: event.Error, ErrorType: "*fs.PathError"},
		{Command: "cluster.deploy", Outcome: event.Error, ExitCode: new(3)},
		{Command: "by.adapter", Outcome: event.Error, ExitCode: new(3), Attributes: map[string]any{"flag_force": true, "flag_late": true}},
	}
	if diff := cmp.Diff(want, calls, ignore); code != 3 || diff != "" {
		t.Errorf("exit code %d; calls (-want +got):\n%s", code, diff)
	}
	if code, _, records := exitOf(t, "without a session"); code != 0 || len(records) != 0 {
		t.Errorf("exit code %d, %d records", code, len(records))
	}
}

// Several goroutines may leave at once: every command that began ended once.
func TestExitFromEverywhere(t *testing.T) {
	for range 10 {
		code, _, records := exitOf(t, "from everywhere")
		ends := map[event.ID]int{}
		for _, r := range records {
			if !r.Begin && parse(t, r).Body.Type == event.TypeCommand {
				ends[r.ID]++
			}
		}
		for id, n := range ends {
			if n != 1 {
				t.Errorf("%s ended %d times", id, n)
			}
		}
		if code != 4 || len(ends) == 0 {
			t.Fatalf("exit code %d, %d commands ended", code, len(ends))
		}
	}
}

// The list of what is under way stays right whoever ends first, and bounded.
func TestUnderway(t *testing.T) {
	var u underway
	calls := make([]*call, maxUnderway+5)
	for i := range calls {
		calls[i] = new(call)
		u.add(calls[i])
	}
	if len(u.calls) != maxUnderway {
		t.Fatalf("%d under way", len(u.calls))
	}
	for i := 0; i < len(calls); i += 2 {
		if !u.end(calls[i]) || u.end(calls[i]) {
			t.Fatalf("call %d does not end once", i)
		}
	}
	left := u.take()
	if len(left) != maxUnderway/2 || len(u.calls) != 0 {
		t.Errorf("%d were left, want %d", len(left), maxUnderway/2)
	}
	for _, c := range left {
		if u.end(c) {
			t.Fatal("what was taken ends again")
		}
	}
}

// An adapter's exit code is recorded with the call's own end.
func TestExitCodeOfAdapter(t *testing.T) {
	s, dir := start(t, Config{})
	func() {
		c := BeginCall()
		defer c.End(new(errQuota))
		c.Name(&tkCommand)
		c.ExitCode(5)
	}()
	s.Stop()
	records := spooled(t, dir)
	if got := data[event.Call](t, records[len(records)-1]); got.ExitCode == nil || *got.ExitCode != 5 || got.Outcome != event.Error {
		t.Errorf("recorded %+v", got)
	}
}

// A logger that records what it is told, on a disk that takes nothing, ends.
func TestLoggerThatRecords(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "spool"), nil, 0o600); err != nil { // a file where the folder would be
		t.Fatal(err)
	}
	told := 0
	s, _ := start(t, Config{Dir: dir, Logger: slog.New(recordingHandler{slog.DiscardHandler, &told})})
	done := make(chan struct{})
	go func() {
		defer close(done)
		Track("x")
		_ = end(&tkCommand, "ok")
		_ = end(&tkFeature, "ok")
		s.Stop()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	if told == 0 {
		t.Error("nobody was told")
	}
}

type recordingHandler struct {
	slog.Handler
	told *int
}

func (recordingHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h recordingHandler) Handle(context.Context, slog.Record) error {
	*h.told++
	Track("logged")
	Count("logged", 1)
	return end(&tkCommand, "ok")
}
