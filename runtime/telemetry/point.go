package telemetry

import (
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/counters"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

// Kind tells how a point's calls are recorded.
type Kind uint8

// The kinds of points.
const (
	// Feature calls are counted; the counts are written every now and then.
	Feature Kind = iota
	// Command calls are written one by one, and so are their beginnings, so that
	// a command that never ends is seen.
	Command
)

// Point is a place in a program that is instrumented. Generated code has one
// for each function, as a package-level value that costs nothing at start:
//
//	var tkDeploy = telemetry.Point{Name: "cluster.deploy", Kind: telemetry.Command}
type Point struct {
	// Name is lower case, with dots between its parts.
	Name string
	Kind Kind
	// Each records every call of a feature by itself.
	Each bool

	bound  atomic.Pointer[binding]
	normal atomic.Uintptr // where End returns to when a call ended by returning
}

// binding remembers what a point counts in, for one session.
type binding struct {
	session *Session
	feature *counters.Feature
}

// Timer is a call that has begun. The zero Timer records nothing.
type Timer struct {
	session *Session
	point   *Point
	run     *run
	start   time.Duration
}

// run is what a call that is recorded by itself carries from Begin to End.
type run struct {
	id        event.ID
	began     time.Time
	consented bool
}

// Begin notes that a call begins. Its counterpart stands in the same statement:
//
//	defer tkDeploy.Begin().End(&err)
func (p *Point) Begin() Timer {
	if s := recording.Load(); s != nil {
		return s.begin(p)
	}
	return Timer{}
}

// Begin notes that the feature name begins; see [Timer.End]. The name is a
// constant of lower-case letters, digits, dots, hyphens and underscores;
// anything else is recorded as "other".
func Begin(name string) Timer {
	s := recording.Load()
	if s == nil {
		return Timer{}
	}
	return s.begin(s.pointNamed(name))
}

// maxNames bounds what a program that puts names together can make of memory.
const maxNames = 1000

func (s *Session) pointNamed(name string) *Point {
	if p, ok := s.named.Load(name); ok {
		return p.(*Point)
	}
	if s.points.Add(1) > maxNames {
		name = sanitize.Other
	}
	p, _ := s.named.LoadOrStore(name, &Point{Name: name})
	return p.(*Point)
}

func (s *Session) begin(p *Point) Timer {
	if p == nil {
		return Timer{}
	}
	t := Timer{session: s, point: p}
	if p.Kind == Command || p.Each {
		now := time.Now()
		t.run = &run{id: event.NewID(now), began: now, consented: s.consented()}
	}
	if p.Kind == Command {
		s.writeCall(t, event.Unfinished, 0, nil, nil)
	}
	t.start = s.clock()
	return t
}

// End notes that the call has ended: with the error that err points to, if
// any, or without if err is nil. It has to be deferred itself, not called by a
// deferred function: by its caller it tells a return from a panic and from
// [runtime.Goexit], and unlike recover that leaves no trace in a crash.
//
// Of the error its type is kept, never its text. Attributes are kept of
// commands and of points with Each; values other than booleans, numbers,
// durations and plain words become "other" or are left out.
func (t Timer) End(err *error, attrs ...slog.Attr) {
	if t.session != nil {
		t.end(err, attrs)
	}
}

// end is apart from End so that End is inlined: off, a call costs a comparison.
//
//go:noinline
func (t Timer) end(err *error, attrs []slog.Attr) {
	s, now := t.session, t.session.clock()
	if s.stopped.Load() {
		return
	}
	var caller [1]uintptr
	runtime.Callers(3, caller[:]) // 0 is Callers, 1 end, 2 End; compiler-made wrappers do not count
	outcome, took := t.point.outcome(caller[0]), now-t.start
	var failure error
	if outcome == event.OK && err != nil && *err != nil {
		outcome, failure = event.Error, *err
	}
	if t.run == nil {
		s.counted(s.feature(t.point).Count(outcome, took), now)
		return
	}
	s.writeCall(t, outcome, took, failure, attrs)
	if t.point.Kind == Command {
		// The program may call os.Exit next: the counts go with the command.
		s.flush()
	}
}

// outcome tells how the function ended whose deferred End returns to pc: the
// runtime calls deferred functions from gopanic and from Goexit itself, and in
// all other cases on behalf of the function.
func (p *Point) outcome(pc uintptr) event.Outcome {
	if pc == p.normal.Load() {
		return event.OK // seen before: spares the look at the symbol table
	}
	if f := runtime.FuncForPC(pc - 1); f != nil {
		switch f.Name() {
		case "runtime.gopanic":
			return event.Panic
		case "runtime.Goexit":
			return event.Goexit
		}
	}
	p.normal.Store(pc)
	return event.OK
}

// Track notes that something happened. The rules for name and attributes are
// those of [Begin] and [Timer.End].
func Track(name string, attrs ...slog.Attr) {
	s := recording.Load()
	if s == nil {
		return
	}
	now := time.Now()
	s.refresh()
	w := &s.scratch
	w.Lock()
	defer w.Unlock()
	e := &w.event
	*e = s.head
	e.ID, e.Timestamp = event.NewID(now), now
	data := event.AppendCustom(w.data[:0], sanitize.Name(name), sanitize.Attributes(w.attrs[:0], attrs))
	e.Body = event.Body{Type: event.TypeCustom, Data: data}
	s.write(now, event.Record{ID: e.ID, Consented: s.consented(), JSON: e.AppendJSON(w.json[:0])})
}

func (s *Session) writeCall(t Timer, outcome event.Outcome, took time.Duration, failure error, attrs []slog.Attr) {
	kind := event.TypeFeature
	if t.point.Kind == Command {
		kind = event.TypeCommand
	}
	errorType := ""
	if failure != nil {
		errorType = sanitize.ErrorType(failure)
	}
	s.refresh()
	w := &s.scratch
	w.Lock()
	defer w.Unlock()
	e := &w.event
	*e = s.head
	e.ID, e.Timestamp = t.run.id, t.run.began
	data := event.AppendCall(w.data[:0], kind, sanitize.Name(t.point.Name), outcome, took, errorType, sanitize.Attributes(w.attrs[:0], attrs))
	e.Body = event.Body{Type: kind, Data: data}
	r := event.Record{ID: e.ID, Consented: t.run.consented && s.consented(), JSON: e.AppendJSON(w.json[:0])}
	if outcome == event.Unfinished {
		r.Begin, r.PID, r.Host = true, pid(), spool.Host()
	}
	s.write(t.run.began.Add(took), r)
}
