package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

// programs are what this binary does instead of testing, by the variable that asks
// for it.
var programs = map[string]func(how string){}

func TestMain(m *testing.M) {
	for name, run := range programs {
		if how := os.Getenv(name); how != "" {
			run(how)
		}
	}
	// Nothing of the environment that the tests run in has a say in them.
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI", "DO_NOT_TRACK", "TESTPROG_TELEMETRY"} {
		os.Unsetenv(name)
	}
	onFault = fatal
	goleak.VerifyTestMain(m)
}

// start begins a session whose files are all in a folder of its own.
func start(tb testing.TB, c Config) (*Session, string) {
	tb.Helper()
	if c.Service == "" {
		c.Service = "testprog"
	}
	if c.Dir == "" {
		c.Dir = tb.TempDir()
	}
	c.Version = "v1.2.3"
	s := Start(c)
	tb.Cleanup(s.Stop)
	return s, c.Dir
}

// spooled returns what lies in the spool, in the order in which it was written.
func spooled(tb testing.TB, dir string) []event.Record {
	tb.Helper()
	r := spool.Reader{Dir: filepath.Join(dir, "spool")}
	names, err := r.Segments()
	if err != nil {
		tb.Fatal(err)
	}
	var all []event.Record
	for _, name := range names {
		got, err := r.Read(name, event.ID{}, 0)
		if err != nil || got.Torn > 0 {
			tb.Fatalf("reading %s: %v, %d torn", name, err, got.Torn)
		}
		all = append(all, got.Records...)
	}
	return all
}

func parse(tb testing.TB, r event.Record) event.Event {
	tb.Helper()
	var e event.Event
	if err := json.Unmarshal(r.JSON, &e); err != nil {
		tb.Fatalf("%v in %s", err, r.JSON)
	}
	return e
}

func data[T any](tb testing.TB, r event.Record) T {
	tb.Helper()
	var d T
	if err := json.Unmarshal(parse(tb, r).Body.Data, &d); err != nil {
		tb.Fatalf("%v in %s", err, r.JSON)
	}
	return d
}

var (
	tkCommand = Point{Name: "cluster.deploy", Kind: Command}
	tkEach    = Point{Name: "cache.fill", Each: true}
	tkFeature = Point{Name: "cache.get"}
)

// end is a function as the generator leaves it.
func end(p *Point, how string) (err error) {
	defer p.Begin().End(&err)
	switch how {
	case "error":
		return &fs.PathError{Op: "open", Path: "/home/bob/secret", Err: errors.New("text")}
	case "wrapped":
		return fmt.Errorf("reading: %w", fmt.Errorf("opening: %w", fs.ErrNotExist))
	case "canceled":
		return fmt.Errorf("reading: %w", context.Canceled)
	case "joined":
		return errors.Join(errors.New("first"), errors.New("second"))
	case "panic":
		panic("boom")
	case "error then panic":
		err = errors.New("first an error")
		panic("then a panic")
	case "nil dereference":
		var p *Point
		_ = p.Name
	case "division":
		zero := len(os.Args[:0])
		_ = 1 / zero
	case "panic(nil)":
		panic(nil)
	case "goexit":
		runtime.Goexit()
	case "recovered":
		defer func() { _ = recover() }()
		panic("recovered by the function itself")
	case "during another panic":
		defer func() { _ = recover() }()
		defer func() { _ = end(&tkEach, "ok") }() // returns, although a panic is on its way
		panic("outer")
	}
	return nil
}

// survive calls f in a goroutine of its own and outlives its end.
func survive(f func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() { _ = recover() }()
		f()
	})
	wg.Wait()
}

// TestOutcomes tells apart, for each kind of point, all the ways in which a
// function can end.
func TestOutcomes(t *testing.T) {
	for how, want := range map[string]event.Call{
		"ok":               {Outcome: event.OK, Success: true},
		"error":            {Outcome: event.Error, ErrorType: "*fs.PathError"},
		"wrapped":          {Outcome: event.Error, ErrorType: "*errors.errorString"},
		"canceled":         {Outcome: event.Canceled},
		"joined":           {Outcome: event.Error, ErrorType: "*errors.errorString"},
		"panic":            {Outcome: event.Panic},
		"error then panic": {Outcome: event.Panic},
		"nil dereference":  {Outcome: event.Panic, ErrorType: "runtime.Error"},
		"division":         {Outcome: event.Panic, ErrorType: "runtime.Error"},
		"panic(nil)":       {Outcome: event.Panic},
		"goexit":           {Outcome: event.Goexit},
		"recovered":        {Outcome: event.OK, Success: true},
	} {
		t.Run(how, func(t *testing.T) {
			s, dir := start(t, Config{})
			for _, p := range []*Point{&tkCommand, &tkEach, &tkFeature} {
				survive(func() { _ = end(p, "ok") }) // the point has seen a return before
				survive(func() { _ = end(p, how) })
			}
			s.Stop()
			var calls []event.Call
			var sum event.Summary
			for _, r := range spooled(t, dir) {
				switch e := parse(t, r); {
				case e.Body.Type == event.TypeSummary:
					d := data[event.Summary](t, r)
					sum.Calls, sum.Errors, sum.Canceled = sum.Calls+d.Calls, sum.Errors+d.Errors, sum.Canceled+d.Canceled
					sum.Panics, sum.Goexits = sum.Panics+d.Panics, sum.Goexits+d.Goexits
				case !r.Begin:
					c := data[event.Call](t, r)
					c.DurationMS = 0
					calls = append(calls, c)
				}
			}
			returned := event.Call{Outcome: event.OK, Success: true}
			wantCalls := []event.Call{returned, want, returned, want}
			for i := range wantCalls {
				if i < 2 {
					wantCalls[i].Command = tkCommand.Name
				} else {
					wantCalls[i].Feature = tkEach.Name
				}
			}
			if diff := cmp.Diff(wantCalls, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			wantSum := event.Summary{Calls: 2}
			switch want.Outcome {
			case event.Error:
				wantSum.Errors = 1
			case event.Canceled:
				wantSum.Canceled = 1
			case event.Panic:
				wantSum.Panics = 1
			case event.Goexit:
				wantSum.Goexits = 1
			}
			if diff := cmp.Diff(wantSum, sum); diff != "" {
				t.Errorf("feature (-want +got):\n%s", diff)
			}
		})
	}
}

// A cleanup that runs because of a panic returns all the same.
func TestReturnDuringPanic(t *testing.T) {
	_, dir := start(t, Config{})
	survive(func() { _ = end(&tkCommand, "during another panic") })
	for _, r := range spooled(t, dir) {
		if c := data[event.Call](t, r); c.Feature == tkEach.Name && c.Outcome != event.OK {
			t.Errorf("the cleanup: want ok, got %s", c.Outcome)
		}
	}
}

// A command's begin and end carry one id, the begin says "unfinished" and which
// process runs it, and the process stays out of the JSON.
func TestCommandRecords(t *testing.T) {
	_, dir := start(t, Config{})
	_ = end(&tkCommand, "ok")
	got := spooled(t, dir)
	if len(got) != 2 || !got[0].Begin || got[1].Begin {
		t.Fatalf("want a begin and an end, got %d records", len(got))
	}
	if got[0].ID != got[1].ID {
		t.Errorf("begin has id %s, end %s", got[0].ID, got[1].ID)
	}
	if got[0].PID != uint32(os.Getpid()) || got[0].Host != spool.Host() {
		t.Errorf("begin of process %d on %x, want %d on %x", got[0].PID, got[0].Host, os.Getpid(), spool.Host())
	}
	if c := data[event.Call](t, got[0]); c.Outcome != event.Unfinished || c.Success {
		t.Errorf("begin says %+v, want unfinished", c)
	}
	if strings.Contains(string(got[0].JSON), "pid") {
		t.Errorf("the process is in the JSON: %s", got[0].JSON)
	}
	e := parse(t, got[1])
	if e.UserID != "" || e.Service.Name != "testprog" || e.Service.Version != "v1.2.3" || e.SessionID == "" || e.Environment.OS != runtime.GOOS {
		t.Errorf("the event says %+v", e)
	}
}

// What a command counted is on the disk when the command has ended: os.Exit
// may be the next thing that happens.
func TestCommandTakesCountsAlong(t *testing.T) {
	_, dir := start(t, Config{})
	func() {
		defer tkCommand.Begin().End(nil)
		for range 10 {
			_ = end(&tkFeature, "ok")
		}
	}()
	total := uint64(0)
	for _, r := range spooled(t, dir) {
		if parse(t, r).Body.Type == event.TypeSummary {
			total += data[event.Summary](t, r).Calls
		}
	}
	if total != 10 {
		t.Errorf("%d of 10 calls are in the spool before Stop", total)
	}
}

// The counts of a program that goes idle are written by the timer; a program
// that stays idle has none running. The interval doubles up to a minute.
func TestFlushIntervals(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := Start(Config{Service: "testprog", Dir: dir})
		defer s.Stop()
		var waits []time.Duration
		for range 12 {
			_ = end(&tkFeature, "ok")
			before, began := len(spooled(t, dir)), time.Now()
			for range 100000 {
				if !s.armed.Load() || len(spooled(t, dir)) > before {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			waits = append(waits, time.Since(began))
		}
		if first := waits[1]; first > 300*time.Millisecond {
			t.Errorf("the second call's count was written after %s", first)
		}
		if last := waits[len(waits)-1]; last < 30*time.Second || last > lastInterval+time.Second {
			t.Errorf("the last count was written after %s, want up to %s", last, lastInterval)
		}
		time.Sleep(3 * lastInterval)
		synctest.Wait()
		if s.armed.Load() {
			t.Error("an idle program has a timer running")
		}
	})
}

// Off means off: no file, no folder, no id.
func TestOffLeavesNothing(t *testing.T) {
	for name, set := range map[string]func(t *testing.T) Config{
		"DO_NOT_TRACK":   func(t *testing.T) Config { t.Setenv("DO_NOT_TRACK", "1"); return Config{} },
		"variable":       func(t *testing.T) Config { t.Setenv("TESTPROG_TELEMETRY", "off"); return Config{} },
		"CI":             func(t *testing.T) Config { t.Setenv("CI", "true"); return Config{} },
		"author":         func(*testing.T) Config { return Config{Consent: Off} },
		"author says on": func(t *testing.T) Config { t.Setenv("DO_NOT_TRACK", "1"); return Config{Consent: On} },
	} {
		t.Run(name, func(t *testing.T) {
			c := set(t)
			c.Dir = filepath.Join(t.TempDir(), "none")
			s, _ := start(t, c)
			_ = end(&tkCommand, "ok")
			_ = end(&tkFeature, "error")
			Track("something")
			s.Stop()
			if _, err := os.Stat(c.Dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("there is a folder: %v", err)
			}
		})
	}
}

// An author cannot say yes for somebody else.
func TestAuthorCannotChooseOn(t *testing.T) {
	_, _ = start(t, Config{Consent: On})
	if m, cause := CurrentMode(); m != Local {
		t.Errorf("mode is %s (%s), want local", m, cause)
	}
}

// Nothing that was recorded, begun or counted before the yes carries consent.
func TestNothingBeforeTheYes(t *testing.T) {
	_, dir := start(t, Config{})
	_ = end(&tkCommand, "ok")
	for range 5 {
		_ = end(&tkFeature, "ok")
	}
	running := tkCommand.Begin()
	if err := SetMode(On); err != nil {
		t.Fatal(err)
	}
	if m, _ := CurrentMode(); m != On {
		t.Fatalf("mode is %s after a yes", m)
	}
	running.End(nil)
	before := len(spooled(t, dir))
	for _, r := range spooled(t, dir) {
		if r.Consented {
			t.Errorf("recorded before the yes and marked as consented: %s", r.JSON)
		}
	}
	_ = end(&tkCommand, "ok")
	for _, r := range spooled(t, dir)[before:] {
		if parse(t, r).Body.Type == event.TypeCommand && !r.Consented {
			t.Errorf("recorded after the yes and not marked: %s", r.JSON)
		}
	}
}

// A no takes effect at once and is found by the next session; the environment
// still comes first.
func TestSetMode(t *testing.T) {
	s, dir := start(t, Config{})
	_ = end(&tkCommand, "ok")
	if err := SetMode(Off); err != nil {
		t.Fatal(err)
	}
	before := len(spooled(t, dir))
	_ = end(&tkCommand, "ok")
	if got := len(spooled(t, dir)); got != before {
		t.Errorf("%d records after the no", got-before)
	}
	s.Stop()
	if m, _ := CurrentMode(); m != Off {
		t.Errorf("without a session the mode is %s", m)
	}
	if err := SetMode(On); err == nil {
		t.Error("an answer was saved for nobody")
	}
	s, _ = start(t, Config{Dir: dir})
	if s.Mode() != Off {
		t.Errorf("the next session has mode %s, want off", s.Mode())
	}
	t.Setenv("DO_NOT_TRACK", "1")
	if err := SetMode(On); err != nil {
		t.Fatal(err)
	}
	if m, cause := CurrentMode(); m != Off || !strings.Contains(cause, "DO_NOT_TRACK") {
		t.Errorf("mode is %s because of %q, want off because of DO_NOT_TRACK", m, cause)
	}
	os.Unsetenv("DO_NOT_TRACK")
	if err := SetMode(On); err != nil {
		t.Fatal(err)
	}
	_ = end(&tkCommand, "ok")
	if got := spooled(t, dir); len(got) != before+2 {
		t.Errorf("a yes after a no records %d frames, want 2", len(got)-before)
	}
}

// A yes that cannot be saved does not count.
func TestYesMustBeSaved(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mode"), 0o700); err != nil { // no file can be renamed over it
		t.Fatal(err)
	}
	t.Setenv("TESTPROG_TELEMETRY", "")
	_, _ = start(t, Config{Dir: dir})
	if err := SetMode(On); err == nil {
		t.Error("no error")
	}
	if m, _ := CurrentMode(); m == On {
		t.Error("the mode is on")
	}
}

// TestNeverHarms calls everything where nothing can work.
func TestNeverHarms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"no service":               {},
		"folder is a file":         {Service: "testprog", Dir: filepath.Join(file, "below")},
		"folder cannot be made":    {Service: "testprog", Dir: "/proc/nowhere"},
		"a service of other signs": {Service: "../../ä b", Dir: filepath.Join(t.TempDir(), "x")},
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(c)
			_ = end(&tkCommand, "ok")
			_ = end(&tkFeature, "ok")
			Track("x", slog.Any("a", t))
			Begin("y").End(nil)
			(*Point)(nil).Begin().End(nil)
			s.Stop()
			s.Stop()
			_ = end(&tkCommand, "ok")
		})
	}
	(*Session)(nil).Stop()
	_ = (*Session)(nil).Mode()
	Timer{}.End(nil)
}

// Without HOME there is no place, and telemetry is off and says why.
func TestNoHome(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("HOME is not asked there")
	}
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "")
	}
	s := Start(Config{Service: "testprog"})
	defer s.Stop()
	_ = end(&tkCommand, "ok")
	if m, cause := CurrentMode(); m != Off || !strings.Contains(cause, "HOME") {
		t.Errorf("mode %s because of %q", m, cause)
	}
}

func TestTrack(t *testing.T) {
	_, dir := start(t, Config{})
	Track("config.migrated", slog.Int("from", 3), slog.String("path", "/home/bob/x"), slog.Any("all", os.Environ()), slog.String("format", "json"))
	Track("user bob@example.com logged in")
	got := spooled(t, dir)
	if len(got) != 2 {
		t.Fatalf("%d records, want 2", len(got))
	}
	want := event.Custom{Name: "config.migrated", Attributes: map[string]any{"from": 3.0, "path": "other", "format": "json"}}
	if diff := cmp.Diff(want, data[event.Custom](t, got[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if name := data[event.Custom](t, got[1]).Name; name != "other" {
		t.Errorf("a name put together from data was kept: %q", name)
	}
}

// People's names are counted like points, and names put together from data do
// not fill the memory.
func TestBeginByName(t *testing.T) {
	s, dir := start(t, Config{})
	for i := range maxNames + 10 {
		Begin(fmt.Sprintf("name.%d", i)).End(nil)
	}
	if n := len(s.features()); n > maxNames+1 {
		t.Errorf("%d names are kept", n)
	}
	s.Stop()
	calls := map[string]uint64{}
	for _, r := range spooled(t, dir) {
		d := data[event.Summary](t, r)
		calls[d.Feature] += d.Calls
	}
	if calls["name.0"] != 1 || calls["other"] != 10 {
		t.Errorf("name.0 has %d calls, other %d; want 1 and 10", calls["name.0"], calls["other"])
	}
}

// Mode "log" prints what would be sent, one JSON object a line, and sends nothing.
func TestLogMode(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "log")
	s, _ := start(t, Config{})
	var out strings.Builder
	s.stderr = &out
	_ = end(&tkCommand, "ok")
	Track("x")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2 (a begin is not sent):\n%s", len(lines), out.String())
	}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Errorf("not JSON: %s", l)
		}
	}
	if s.Mode() != Local {
		t.Errorf("mode is %s, want local", s.Mode())
	}
}

// What mode "log" prints has in it what is filled in when an event is sent, as far
// as that is known without making anything.
func TestLogModeFillsIn(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "log")
	logged := func(c Config) event.Event {
		t.Helper()
		s, _ := start(t, c)
		var out strings.Builder
		s.stderr = &out
		Track("x")
		s.Stop()
		return parse(t, event.Record{JSON: []byte(out.String())})
	}
	dir := t.TempDir()
	e := logged(Config{Dir: dir})
	if e.UserID != noInstall || e.Marks != nil || e.SessionID == "" || e.Metadata.SDKVersion == "" || e.Metadata.BatchSize != 1 || time.Since(e.Metadata.TransmissionTimestamp).Abs() > time.Minute {
		t.Errorf("before anything was sent: %+v", e)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != "spool" {
		t.Errorf("the folder holds %v (%v), want the spool alone", entries, err)
	}
	for name, text := range map[string]string{installFile: "client_00", weekFile: "2026-W48"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if e := logged(Config{Dir: dir}); e.UserID != "client_00" {
		t.Errorf("with an install id: %+v", e)
	}
	if e := logged(Config{Dir: dir, Identity: NoID}); e.UserID != "" || e.SessionID != "" || e.Marks == nil || e.Marks.InstallWeek != "2026-W48" {
		t.Errorf("without an install id: %+v", e)
	}
}

// Without an id, neither an install nor a run has a name in what is recorded.
func TestNoID(t *testing.T) {
	s, dir := start(t, Config{Identity: NoID})
	_ = end(&tkCommand, "ok")
	_ = end(&tkFeature, "ok")
	Track("x")
	s.Stop()
	records := spooled(t, dir)
	if len(records) != 4 {
		t.Errorf("%d records, want 4", len(records))
	}
	for _, r := range records {
		if e := parse(t, r); e.SessionID != "" || e.UserID != "" || e.Marks == nil || *e.Marks != (event.Marks{}) {
			t.Errorf("%s", r.JSON)
		}
	}
}

// Sixteen goroutines count; every call is in some delta, and each delta adds up.
func TestFeatureConcurrently(t *testing.T) {
	s, dir := start(t, Config{})
	const each = 5000
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range each {
				if i%1000 == 0 {
					s.flush()
				}
				_ = end(&tkFeature, [...]string{"ok", "error"}[i%2])
			}
		})
	}
	wg.Wait()
	s.Stop()
	var calls, errs uint64
	for _, r := range spooled(t, dir) {
		d := data[event.Summary](t, r)
		if err := d.Duration.Check(); err != nil || d.Duration.Count != d.Calls || d.Errors > d.Calls {
			t.Errorf("a delta does not add up: %v in %s", err, r.JSON)
		}
		calls, errs = calls+d.Calls, errs+d.Errors
	}
	if calls != 16*each || errs != 16*each/2 {
		t.Errorf("%d calls and %d errors, want %d and %d", calls, errs, 16*each, 16*each/2)
	}
}

type fakeAgent struct {
	child              bool
	launched, children int
}

func (a *fakeAgent) Child(Place) bool { return a.child }
func (a *fakeAgent) Run(Place)        { a.children++ }
func (a *fakeAgent) Launch(Place)     { a.launched++ }

// The agent is asked to send only after a yes.
func TestAgentOnlyAfterYes(t *testing.T) {
	for mode, want := range map[string]int{"off": 0, "local": 0, "log": 0, "on": 1} {
		t.Setenv("TESTPROG_TELEMETRY", mode)
		a := &fakeAgent{}
		s, _ := start(t, Config{Agent: a})
		s.Stop()
		if a.launched != want || a.children != 0 {
			t.Errorf("%s: launched %d times, want %d", mode, a.launched, want)
		}
	}
}

// What the runtime records is what testdata/wire says, up to what is filled in
// on the way.
func TestRecordsAreTheVectors(t *testing.T) {
	s, dir := start(t, Config{Service: "mytool"})
	_ = end(&tkCommand, "error")
	_ = end(&tkEach, "ok")
	call := tkFeature.Begin()
	time.Sleep(20 * time.Millisecond) // longer than a tick of the coarsest clock, that of Windows
	call.End(nil)
	Track("config.migrated", slog.Int("from", 1))
	Count("index.files", 1234)
	tkCommand.Begin()
	s.Stop()
	vectors := map[event.Type]string{
		event.TypeCommand: "command", event.TypeFeature: "feature_each", event.TypeSummary: "feature_summary", event.TypeCustom: "custom",
		event.TypeMetric: "metrics",
	}
	for _, r := range spooled(t, dir) {
		e := parse(t, r)
		name := vectors[e.Body.Type]
		if r.Begin {
			name = "unfinished"
		}
		var file struct{ Events []map[string]any }
		text, err := os.ReadFile("../../testdata/wire/requests/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		filled := event.Fill(r.JSON, "client_00", event.Marks{}, event.Metadata{SDKVersion: "v1", BatchSize: 1})
		if err := json.Unmarshal(filled, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shape(file.Events[0]), shape(got)); diff != "" {
			t.Errorf("%s has another shape (-vector +recorded):\n%s", name, diff)
		}
	}
}

// shape keeps the keys and kinds of a JSON value. What depends on the moment or
// on the call is left out.
func shape(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprintf("%T", v)
	}
	out := map[string]any{}
	for k, v := range m {
		switch k {
		case "attributes", "errors", "canceled", "panics", "shell", "ci", "container", "terminal", "ai_agent", "revision", "os_version", "error_code", "exit_code":
		default:
			out[k] = shape(v)
		}
	}
	return out
}
