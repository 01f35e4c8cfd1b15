package telemetry

import (
	"log/slog"
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

	bound atomic.Pointer[call] // of the session that called last, if calls are counted
	// What [Point.outcome] has learnt: where in the code the statement with End
	// stands, and where that returns to when the function returns.
	site, normal atomic.Uintptr
}

// call is what End has to know of Begin. The calls that are counted share one
// for a point and a session; a call that is recorded by itself has its own.
type call struct {
	session *Session
	point   *Point
	feature *counters.Feature // nil if it is recorded by itself

	id        event.ID
	began     time.Time
	consented bool

	// What follows is of commands, and Session.underway guards it.
	at    int         // its place there, from 1
	attrs []slog.Attr // so far, of adapters
	exit  *int        // the exit code, where an adapter knows it
}

// Timer is a call that has begun. The zero Timer records nothing. It is two
// words, because a deferred statement copies it.
type Timer struct {
	call  *call
	start time.Duration
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
	c := p.bound.Load()
	if c == nil || c.session != s {
		c = s.newCall(p)
	}
	return Timer{c, s.clock()}
}

// newCall returns what one call of p, or all that are counted, carry along.
func (s *Session) newCall(p *Point) *call {
	defer s.contain()
	c := &call{session: s, point: p}
	if p.Kind != Command && !p.Each {
		c.feature = s.feature(p.Name)
		p.bound.Store(c)
		return c
	}
	c.began = time.Now()
	c.id, c.consented = event.NewID(c.began), s.consented()
	if p.Kind == Command {
		s.underway.add(c)
		s.writeCall(c, event.Ending{Outcome: event.Unfinished}, nil)
	}
	return c
}

// Track notes that something happened. The rules for name and attributes are
// those of [Begin] and [Timer.End].
func Track(name string, attrs ...slog.Attr) {
	s := recording.Load()
	if s == nil {
		return
	}
	defer s.contain()
	now := time.Now()
	s.refresh()
	defer s.tell()
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

func (s *Session) writeCall(c *call, end event.Ending, attrs []slog.Attr) {
	kind := event.TypeFeature
	if c.point.Kind == Command {
		kind = event.TypeCommand
	}
	s.refresh()
	defer s.tell()
	w := &s.scratch
	w.Lock()
	defer w.Unlock()
	e := &w.event
	*e = s.head
	e.ID, e.Timestamp = c.id, c.began
	data := event.AppendCall(w.data[:0], kind, sanitize.Name(c.point.Name), end, sanitize.Attributes(w.attrs[:0], attrs))
	e.Body = event.Body{Type: kind, Data: data}
	r := event.Record{ID: e.ID, Consented: c.consented && s.consented(), JSON: e.AppendJSON(w.json[:0])}
	if end.Outcome == event.Unfinished {
		r.Begin, r.PID, r.Host = true, pid(), spool.Host()
	}
	s.write(c.began.Add(end.Took), r)
}
