package telemetry

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Exit ends the process as [os.Exit] does, and telemetry before it: a command that
// is under way ends with the outcome ok if code is 0, with error otherwise, and is
// recorded with the code; what is counted in memory is written. Behind os.Exit
// itself a command looks unfinished. Deferred functions do not run, so calls of
// features that are under way are not counted.
func Exit(code int) {
	if s := recording.Load(); s != nil {
		s.exit(code)
	}
	os.Exit(code)
}

func (s *Session) exit(code int) {
	defer s.contain()
	end := event.Ending{Outcome: event.OK, ExitCode: &code}
	if code != 0 {
		end.Outcome = event.Error
	}
	for _, c := range s.underway.take() {
		end.Took = time.Since(c.began)
		s.writeCall(c, end, c.attrs)
	}
	s.Stop()
}

// underway are the commands that have begun and not ended, for those who have to
// end them instead. Whoever takes a command off it writes its end.
type underway struct {
	sync.Mutex
	calls []*call
	space [2]*call // for a program that does one thing at a time
}

// maxUnderway bounds what commands cost that nobody ends. Those beyond are ended by
// their End alone.
const maxUnderway = 1000

// ended is call.at of a command whose end is being written.
const ended = -1

func (u *underway) add(c *call) {
	u.Lock()
	defer u.Unlock()
	if u.calls == nil {
		u.calls = u.space[:0]
	}
	if len(u.calls) < maxUnderway {
		u.calls = append(u.calls, c)
		c.at = len(u.calls)
	}
}

// end reports whether the caller is the one who ends c.
func (u *underway) end(c *call) bool {
	u.Lock()
	defer u.Unlock()
	if c.at == ended {
		return false
	}
	if c.at > 0 { // the last takes its place
		last := u.calls[len(u.calls)-1]
		u.calls[c.at-1], last.at = last, c.at
		u.calls[len(u.calls)-1] = nil
		u.calls = u.calls[:len(u.calls)-1]
	}
	c.at = ended
	return true
}

// take returns all commands, to be ended by the caller.
func (u *underway) take() []*call {
	u.Lock()
	defer u.Unlock()
	all := slices.Clone(u.calls)
	u.calls = u.calls[:0]
	for _, c := range all {
		c.at = ended
	}
	return all
}

// note keeps what an adapter learns about a command while that runs.
func (u *underway) note(c *call, attrs []slog.Attr, exit *int) {
	if c == nil || c.feature != nil {
		return
	}
	u.Lock()
	defer u.Unlock()
	if c.at != ended {
		c.attrs, c.exit = attrs, exit
	}
}
