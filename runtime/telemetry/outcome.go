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
// called; at one site, the next frame up either always is the one that counts or
// never. Inv: at p.site it is; p.normal is an address neither in gopanic nor in
// Goexit; panicked and exited are addresses in these. Each of that stays true for
// ever and by itself, whoever stores another one meanwhile. Where frames says
// something else (code that is not inlined, another way to call End), the two do
// not agree, and the answer is slow but the same.

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
	if pc[0] == caller {
		p.site.Store(site)
	}
	return p.learn(pc[0])
}

// learn tells how the function ended whose deferred End returns to pc.
func (p *Point) learn(pc uintptr) event.Outcome {
	if pc == p.normal.Load() {
		return event.OK // seen before: spares the look at the symbol table
	}
	if f := runtime.FuncForPC(pc - 1); f != nil {
		switch f.Name() {
		case "runtime.gopanic":
			panicked.Store(pc)
			return event.Panic
		case "runtime.Goexit":
			exited.Store(pc)
			return event.Goexit
		}
	}
	p.normal.Store(pc)
	return event.OK
}
