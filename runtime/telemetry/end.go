package telemetry

import (
	"log/slog"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// End notes that the call has ended: with the error that err points to, if
// any, or without if err is nil. It has to be deferred itself, not called by a
// deferred function: by its caller it tells a return from a panic and from
// [runtime.Goexit], and unlike recover that leaves no trace in a crash.
//
// Of the error its type is kept, and the code that the program declares for it (see
// [Coder]), never its text. Attributes are kept of
// commands and of points with Each; values other than booleans, numbers,
// durations and plain words become "other" or are left out.
func (t Timer) End(err *error, attrs ...slog.Attr) {
	if t.call != nil {
		t.end(err, attrs)
	}
}

// end is apart from End so that End is inlined: off, a call costs a comparison.
//
//go:noinline
func (t Timer) end(err *error, attrs []slog.Attr) {
	now, outcome := t.call.session.clock(), event.OK
	if site, caller := frames(); !t.call.point.returned(site, caller) {
		outcome = t.call.point.look(site, caller)
	}
	if outcome == event.OK && err != nil && *err != nil {
		t.failed(*err, now, attrs)
		return
	}
	t.done(outcome, now, attrs)
}

// done records a call that has no error to tell of.
func (t Timer) done(outcome event.Outcome, now time.Duration, attrs []slog.Attr) {
	switch {
	case t.call.feature != nil:
		t.count(outcome, now)
	case outcome == event.Panic:
		t.write(event.Ending{Outcome: outcome, ErrorType: raised()}, now, attrs)
	default:
		t.write(event.Ending{Outcome: outcome}, now, attrs)
	}
}

// failed records a call that returned err.
func (t Timer) failed(err error, now time.Duration, attrs []slog.Attr) {
	switch {
	case sanitize.Canceled(err):
		t.done(event.Canceled, now, attrs)
	case t.call.feature != nil:
		t.count(event.Error, now) // whose type nobody would see
	default:
		codes := t.call.session.config.ErrorCodes
		t.write(event.Ending{Outcome: event.Error, ErrorType: sanitize.ErrorType(err), ErrorCode: errorCode(err, codes)}, now, attrs)
	}
}

// fail records a call that failed without an error; kind says in what way.
func (t Timer) fail(kind string, now time.Duration, attrs []slog.Attr) {
	if t.call.feature != nil {
		t.count(event.Error, now)
	} else {
		t.write(event.Ending{Outcome: event.Error, ErrorType: kind}, now, attrs)
	}
}

// count counts a call among those of its feature.
func (t Timer) count(outcome event.Outcome, now time.Duration) {
	s := t.call.session
	if s.stopped.Load() {
		return
	}
	first := t.call.feature.Count(outcome, now-t.start)
	if first || now >= time.Duration(s.due.Load()) || !s.armed.Load() {
		s.counted(first, now)
	}
}

// write records a call by itself.
func (t Timer) write(end event.Ending, now time.Duration, attrs []slog.Attr) {
	s, command := t.call.session, t.call.point.Kind == Command
	defer s.contain()
	if s.stopped.Load() || command && !s.underway.end(t.call) {
		return
	}
	end.Took, end.ExitCode = now-t.start, t.call.exit
	s.writeCall(t.call, end, attrs)
	if command {
		// The program may call os.Exit next: the counts go with the command.
		s.flush()
	}
}
