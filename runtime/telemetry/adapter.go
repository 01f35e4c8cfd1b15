package telemetry

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Call is a call whose name or attributes become known while it runs. It is for
// adapters to other libraries, which see a call begin before they know of what:
//
//	call := telemetry.BeginCall()
//	defer call.End(&err)
//	...
//	call.Name(point)
//	call.Add(slog.Bool("flag_force", true))
//
// It belongs to one goroutine. A call that never gets a name is not recorded.
type Call struct {
	session *Session
	start   time.Duration
	timer   Timer
	attrs   []slog.Attr
	exit    *int
}

// BeginCall notes that a call begins. Off, it costs what [Point.Begin] does.
func BeginCall() Call {
	s := recording.Load()
	if s == nil {
		return Call{}
	}
	return Call{session: s, start: s.clock()}
}

// Recording reports whether anybody wants to know of the call; if not, there is
// no need to look for its name.
func (c *Call) Recording() bool { return c.session != nil }

// Name says whose call it is. Of a [Command] the beginning is written now. The
// first name counts.
func (c *Call) Name(p *Point) {
	if c.session != nil && c.timer.call == nil && p != nil {
		c.timer = c.session.begin(p)
		c.timer.start = c.start
		c.session.underway.note(c.timer.call, c.attrs, c.exit)
	}
}

// Add adds attributes; see [Timer.End] for what is kept of them.
func (c *Call) Add(attrs ...slog.Attr) {
	if c.session != nil {
		c.attrs = append(c.attrs, attrs...)
		c.session.underway.note(c.timer.call, c.attrs, c.exit)
	}
}

// ExitCode says what the process is going to exit with, if that is known. It is
// recorded of a [Command].
func (c *Call) ExitCode(code int) {
	if c.session != nil {
		c.exit = &code
		c.session.underway.note(c.timer.call, c.attrs, c.exit)
	}
}

// End is [Timer.End]. Like that, it has to be deferred itself.
func (c *Call) End(err *error) {
	if c.timer.call != nil {
		c.timer.end(err, c.attrs)
	}
}

// EndStatus is [Timer.EndStatus]. Like that, it has to be deferred itself.
func (c *Call) EndStatus(w any) {
	if c.timer.call != nil {
		c.timer.endStatus(w, c.attrs)
	}
}

// Status returns the HTTP status that was written to w, in the way of
// [Timer.EndStatus]: 0 if none was yet, or if w does not tell.
func Status(w any) int { return statusOf(w) }

// Recording reports whether anything is recorded at the moment. An adapter that
// sees things go by asks before it looks at one.
func Recording() bool { return recording.Load() != nil }

// Letters is s in the alphabet of names: lower-case letters, digits, underscores
// and the characters of more. Capital letters become small, all else "_".
func Letters(s, more string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', strings.ContainsRune(more, r):
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '_'
		}
	}, s)
}

// Points are the points of an adapter whose names another library chooses, one
// for each key. They are made as they come up, and no more than 1,000: the rest
// share one.
type Points[K comparable] struct {
	// Name puts a key's name together.
	Name func(K) string
	// Other is the name that the rest share.
	Other string
	// Each is that of the points.
	Each bool

	known sync.Map // K → *Point
	count atomic.Int64
	rest  sync.Once
	other *Point
}

// Of returns the point of a key.
func (p *Points[K]) Of(k K) *Point {
	if point, ok := p.known.Load(k); ok {
		return point.(*Point)
	}
	if p.count.Add(1) > maxNames {
		p.rest.Do(func() { p.other = &Point{Name: p.Other, Each: p.Each} })
		return p.other
	}
	point, _ := p.known.LoadOrStore(k, &Point{Name: p.Name(k), Each: p.Each})
	return point.(*Point)
}

// Flush writes what is still counted in memory. A program calls it before it
// replaces itself or goes away without [Session.Stop]; nobody else has to.
func (s *Session) Flush() {
	if s != nil && s.spool != nil && !s.stopped.Load() {
		s.flush()
	}
}
