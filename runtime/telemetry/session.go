package telemetry

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/counters"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

// Session is one run of a program, from [Start] to [Session.Stop].
type Session struct {
	config   Config
	folders  consent.Folders
	decision atomic.Pointer[consent.Decision]
	stopped  atomic.Bool
	asked    atomic.Int64 // when the answer was asked for, on base's clock
	underway underway
	lost     atomic.Int64 // events that the spool did not take and nobody was told of
	telling  atomic.Bool
	asking   atomic.Bool // the person was asked in this run: nothing leaves on it

	// The rest is set by open.
	spool   *spool.Writer // &writer
	base    time.Time     // of the monotonic clock that calls are timed with
	head    event.Event   // what all events of the session have in common
	stderr  io.Writer     // of mode "log"
	named   sync.Map      // string → *Point, of people's names
	points  atomic.Int64  // how many names there are
	mu      sync.Mutex    // guards features and all
	known   map[string]*counters.Feature
	all     []*counters.Feature
	metrics atomic.Pointer[metrics] // replaced under mu
	flushMu sync.Mutex              // one flush at a time; guards what follows
	windows bool                    // consent stood when the counters' windows opened
	page    page
	every   time.Duration
	due     atomic.Int64 // when the next flush is due, on base's clock
	armed   atomic.Bool  // the timer runs
	timer   *time.Timer

	writer  spool.Writer
	scratch scratch
	service service
}

// scratch is what one event at a time is written down in. It is a part of the
// session and not of the stack, which would have to grow for it.
type scratch struct {
	sync.Mutex
	event event.Event
	attrs [sanitize.MaxAttributes]slog.Attr
	data  [512]byte
	json  [1536]byte
}

// The interval between flushes of counters doubles from the first to the last.
const (
	firstInterval = 100 * time.Millisecond
	lastInterval  = time.Minute
)

// open prepares to record. It touches no file.
func (s *Session) open() {
	now := time.Now()
	s.base, s.every, s.stderr = now, firstInterval, os.Stderr
	s.describe(now)
	s.windows = s.consented()
	s.spool = &s.writer
	s.spool.Dir = filepath.Join(s.folders.State, "spool")
	s.spool.Report = s.lossRecord
	s.serveLater()
}

func (s *Session) consented() bool { return s.Mode() == On }

// place is what an agent needs to know.
func (s *Session) place() Place {
	return Place{Service: s.config.Service, Dir: s.config.Dir, State: s.folders.State, Logger: s.config.Logger}
}

// clock is the time since the session's start, by the monotonic clock.
func (s *Session) clock() time.Duration { return time.Since(s.base) }

// feature returns the counters of a name: two points of one name share them.
func (s *Session) feature(name string) *counters.Feature {
	name = sanitize.Name(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.known[name]
	if f == nil {
		if s.known == nil {
			s.known = map[string]*counters.Feature{}
		}
		f = counters.New(name, time.Now())
		s.known[name], s.all = f, append(s.all, f)
	}
	return f
}

// counted is called after a feature counted a call, if somebody has to write
// the counts, now or later.
func (s *Session) counted(first bool, now time.Duration) {
	defer s.contain()
	if first {
		s.flush()
	} else if now >= time.Duration(s.due.Load()) && s.flushDue() {
		s.tell()
	}
	if !s.armed.Load() && s.armed.CompareAndSwap(false, true) {
		s.arm()
	}
}

// flushDue flushes unless somebody does so at the moment.
func (s *Session) flushDue() bool {
	if !s.flushMu.TryLock() {
		return false
	}
	defer s.flushMu.Unlock()
	s.next()
	s.flushLocked(time.Now())
	return true
}

// next sets when the flush after this one is due.
func (s *Session) next() {
	s.due.Store(int64(s.clock() + s.every))
	s.every = min(2*s.every, lastInterval)
}

// arm starts the timer that writes the last counts of a program that goes idle.
func (s *Session) arm() {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.stopped.Load() {
		return
	}
	if time.Duration(s.due.Load()) <= s.clock() {
		s.next()
	}
	wait := time.Duration(s.due.Load()) - s.clock()
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.tick)
	} else {
		s.timer.Reset(wait)
	}
}

func (s *Session) tick() {
	defer s.contain()
	if s.flush() {
		s.arm()
		return
	}
	s.armed.Store(false)
	if s.pending() && s.armed.CompareAndSwap(false, true) {
		s.arm() // somebody counted between the flush and the line above
	}
}

func (s *Session) pending() bool {
	for _, f := range s.features() {
		if f.Pending() {
			return true
		}
	}
	for _, m := range s.metricsNow() {
		if m.Pending() {
			return true
		}
	}
	return false
}

func (s *Session) features() []*counters.Feature {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// write hands records to the spool. Its errors are counted there and shown by
// those who ask; see tell.
func (s *Session) write(now time.Time, records ...event.Record) {
	if s.Mode() == Off {
		return // the answer came while a call was under way
	}
	if !s.spool.Append(now, records...) {
		s.lost.Add(int64(len(records)))
	}
	if s.decision.Load().Log {
		s.log(records)
	}
}

// tell tells the author's logger of events that the spool did not take. It is called
// without any lock, because who logs may count that, or exit.
func (s *Session) tell() {
	if s.config.Logger == nil || s.lost.Load() == 0 || !s.telling.CompareAndSwap(false, true) {
		return
	}
	s.debug("events were dropped", "events", s.lost.Swap(0), "err", s.spool.Err())
	s.telling.Store(false)
}

// close writes the last counts. Nothing of the session runs afterwards.
func (s *Session) close() {
	defer s.tell()
	s.service.stop()
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.flushLocked(time.Now())
	s.spool.Close()
}
