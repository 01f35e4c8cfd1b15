package telemetry

import (
	"runtime"
	"sync/atomic"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// How a function ended, only the stack tells: the Go runtime calls deferred
// functions from gopanic and from Goexit itself, and in all other cases on
// behalf of the function. runtime.Callers reads the stack exactly, and takes
// longer than all the rest of a call.
//
// So its answer is remembered under what [frames] says, once the two have
// agreed. The site is where, in the code of the deferred statement, End's work is
// called. At one site, either the next frame up always is the one that counts, or
// never. Inv: at p.site it is; deferred functions that return to p.normal do so on
// behalf of a function that returns; those that return to panicked or exited were
// called by gopanic or by Goexit. Each of that stays true for ever and by itself,
// whoever stores another one meanwhile. Where frames says something else (code
// that is not inlined, another way to call End), the two do not agree, and the
// answer is slow but the same.

// panicked and exited are where in runtime.gopanic and in runtime.Goexit
// deferred functions return to, once a call has ended there.
var panicked, exited atomic.Uintptr

// returned reports that the function has returned, if that is known already.
func (p *Point) returned(site, caller uintptr) bool {
	return site == p.site.Load() && caller == p.normal.Load() && site != 0
}

// look tells how the function ended. It is called by what End calls.
//
//go:noinline
func (p *Point) look(site, caller uintptr) event.Outcome {
	if site != 0 && site == p.site.Load() {
		switch caller {
		case panicked.Load():
			return event.Panic
		case exited.Load():
			return event.Goexit
		}
	}
	var pc [1]uintptr
	runtime.Callers(4, pc[:]) // 0 is Callers, then look, end and End; compiler-made wrappers do not count
	switch {
	case pc[0] == caller || byDeferreturn(site, caller, pc[0]):
		p.site.Store(site)
		return p.learn(pc[0], caller)
	case pc[0] == p.normal.Load():
		return event.OK // seen before: spares the look at the symbol table
	default:
		return p.learn(pc[0], pc[0])
	}
}

// byDeferreturn reports that the function at site was called by
// runtime.deferreturn, as it is for a function with many returns or with a defer
// in a loop. runtime.Callers leaves that out as it does compiler-made wrappers,
// one of which must stand at site: else pc would lie there.
func byDeferreturn(site, caller, pc uintptr) bool {
	if site == 0 {
		return false
	}
	if by := runtime.FuncForPC(caller - 1); by == nil || by.Name() != "runtime.deferreturn" {
		return false
	}
	at, to := runtime.FuncForPC(site-1), runtime.FuncForPC(pc-1)
	return at != nil && to != nil && to.Entry() != at.Entry()
}

// learn tells how the function ended whose deferred End returns to pc, and
// remembers it under key.
func (p *Point) learn(pc, key uintptr) event.Outcome {
	if f := runtime.FuncForPC(pc - 1); f != nil {
		switch f.Name() {
		case "runtime.gopanic":
			panicked.Store(key)
			return event.Panic
		case "runtime.Goexit":
			exited.Store(key)
			return event.Goexit
		}
	}
	p.normal.Store(key)
	return event.OK
}
