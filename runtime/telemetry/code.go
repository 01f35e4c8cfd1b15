package telemetry

import (
	"runtime"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// Coder is an error that says in a word of its program's what went wrong:
//
//	func (quotaError) TelemetryCode() string { return "quota.exceeded" }
//
// The word is a constant in the code, of at most 64 lower-case letters, digits,
// dots, hyphens and underscores; anything else is recorded as "other". Empty means
// that this error has none, but what it wraps may have.
type Coder interface{ TelemetryCode() string }

// ErrorCode declares the code of an error that cannot be a [Coder], because it is
// somebody else's or a plain errors.New.
type ErrorCode struct {
	Err  error  // compared as errors.Is does
	Code string // see [Coder]
}

// errorCode returns the code of the outermost error that has one, of those that
// err wraps: its own word counts before what is declared about it. A method that
// panics leaves the error without.
func errorCode(err error, declared []ErrorCode) (code string) {
	found := sanitize.Search(err, func(err error) bool {
		if c, ok := err.(Coder); ok {
			code = c.TelemetryCode()
		}
		for i := 0; i < len(declared) && code == ""; i++ {
			if declared[i].Err != nil && sanitize.Is(err, declared[i].Err) {
				code = declared[i].Code
			}
		}
		return code != ""
	})
	if !found {
		return ""
	}
	return sanitize.Code(code)
}

// raised names the type of the panic that is under way, as far as the stack tells:
// what calls runtime.gopanic is the Go runtime itself where memory, an index, a
// division, an assertion, a channel or a map is the reason, and these panics are
// runtime.Error. The value that a program gave to panic lies behind recover, which
// would change what the program sees: empty.
func raised() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !more {
			return ""
		}
		if frame.Function == "runtime.gopanic" {
			break
		}
	}
	frame, _ := frames.Next()
	if strings.HasPrefix(frame.Function, "runtime.") || strings.HasPrefix(frame.Function, "internal/runtime/") {
		return "runtime.Error"
	}
	return ""
}
