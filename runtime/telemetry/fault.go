package telemetry

import "fmt"

// contain is deferred wherever a call of the program, or a timer, leads to more
// than a few counters. A fault of this package's own, or of a Config.Logger, ends
// the session and not the program that is observed.
//
// It does not touch a panic of the program under way: recover gives a deferred
// function only the panics of the call that deferred it.
func (s *Session) contain() {
	r := recover()
	if r == nil {
		return
	}
	s.stopped.Store(true)
	recording.CompareAndSwap(s, nil)
	if onFault != nil {
		onFault(r)
	}
	defer func() { _ = recover() }() // the logger may be what is at fault
	if s.spool != nil {
		s.spool.Rest()
	}
	s.debug("stopped recording: a fault of telemetry itself, please report it", "panic", fmt.Sprint(r))
}

// onFault is set by tests.
var onFault func(any)
