package telemetry

import (
	"log/slog"
	"reflect"
	"time"
	"unsafe"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// EndAs is End for functions that tell their success by a last result of
// another type than error. result points to it: of a bool, true is success; of
// everything else (a pointer, an interface that embeds error, a number such as
// syscall.Errno, a type parameter) the zero value is, and otherwise the type of
// what was returned is kept. What is no pointer, or nil, says nothing: then a
// function that returned has succeeded.
func (t Timer) EndAs(result any, attrs ...slog.Attr) {
	if t.call != nil {
		t.endAs(result, attrs)
	}
}

// endAs stands where end does: [Point.look] counts the frames.
//
//go:noinline
func (t Timer) endAs(result any, attrs []slog.Attr) {
	now, outcome := t.call.session.clock(), event.OK
	if site, caller := frames(); !t.call.point.returned(site, caller) {
		outcome = t.call.point.look(site, caller)
	}
	if outcome == event.OK && !succeeded(result) {
		t.failedAs(result, now, attrs)
		return
	}
	t.done(outcome, now, attrs)
}

// succeeded reports whether what result points to stands for success.
func succeeded(result any) bool {
	if ok, is := result.(*bool); is {
		return ok == nil || *ok
	}
	v := reflect.ValueOf(result)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return true
	}
	if v = v.Elem(); v.Kind() == reflect.Bool {
		return v.Bool()
	}
	return v.IsZero()
}

// failedAs records a call that returned what result points to instead of
// success. Of a bool there is nothing more to tell.
func (t Timer) failedAs(result any, now time.Duration, attrs []slog.Attr) {
	v := reflect.ValueOf(result).Elem()
	if err := errorIn(result); err != nil {
		t.failed(err, now, attrs)
		return
	}
	kind := ""
	switch v.Kind() {
	case reflect.Bool:
	case reflect.Interface:
		kind = sanitize.TypeName(v.Elem().Type())
	default:
		kind = sanitize.TypeName(v.Type())
	}
	t.fail(kind, now, attrs)
}

// errorIn returns the error that result points to, if that is an interface or a
// pointer. reflect would do, if it did not make the compiler believe that result
// itself is kept: then every function would have to allocate its result, even
// while telemetry is off. Reading through the pointer keeps only what is read.
func errorIn(result any) (err error) {
	p := reflect.ValueOf(result)
	switch t := p.Type().Elem(); {
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		err, _ = (*(*any)(p.UnsafePointer())).(error)
	case t.Kind() == reflect.Interface:
		// All interfaces with methods are laid out alike.
		err, _ = any(*(*interface{ M() })(p.UnsafePointer())).(error)
	case t.Kind() == reflect.Pointer:
		err, _ = reflect.TypeAssert[error](reflect.NewAt(t.Elem(), *(*unsafe.Pointer)(p.UnsafePointer())))
	}
	return err
}
