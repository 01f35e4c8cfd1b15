package telemetry

import (
	"log/slog"
	"reflect"
	"strconv"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// EndStatus is End for HTTP handlers. w is the http.ResponseWriter; it is looked
// at and not wrapped, so that it stays what the handler was given. A status of
// 500 and above is an error, recorded as "http.500" to "http.599" (or
// "http.other"); below, the call has succeeded, as OpenTelemetry's semantic
// conventions have it for servers. So it has if the status is not to be found.
//
// A status is found by a method Status or StatusCode that returns an int, and in
// net/http's own writers, those of HTTP/2, of http.TimeoutHandler and of
// net/http/httptest included. A writer around another one is seen through if it
// embeds it as http.ResponseWriter or has a method Unwrap, as
// [net/http.ResponseController] asks for.
func (t Timer) EndStatus(w any, attrs ...slog.Attr) {
	if t.call != nil {
		t.endStatus(w, attrs)
	}
}

// endStatus stands where end does: [Point.look] counts the frames.
//
//go:noinline
func (t Timer) endStatus(w any, attrs []slog.Attr) {
	now, outcome := t.call.session.clock(), event.OK
	if site, caller := frames(); !t.call.point.returned(site, caller) {
		outcome = t.call.point.look(site, caller)
	}
	if outcome == event.OK {
		if status := statusOf(w); status >= 500 {
			t.fail(statusKind(status), now, attrs)
			return
		}
	}
	t.done(outcome, now, attrs)
}

func statusKind(status int) string {
	if status > 599 {
		return "http.other"
	}
	return "http." + strconv.Itoa(status)
}

// maxWriters is how many writers around one another are looked through.
const maxWriters = 16

// statusOf returns the status that was written to w, and 0 if none was, or if w
// does not tell. It runs on the handler's own goroutine, which is the only one
// that writes what is read here.
func statusOf(w any) (status int) {
	defer func() {
		if recover() != nil { // a method of somebody's writer
			status = 0
		}
	}()
	for range maxWriters {
		if w == nil {
			return 0
		}
		if status = ownStatus(w); status != 0 {
			return status
		}
		w = within(w)
	}
	return 0
}

func ownStatus(w any) int {
	switch w := w.(type) {
	case interface{ Status() int }:
		return w.Status()
	case interface{ StatusCode() int }:
		return w.StatusCode()
	}
	if v, ok := follow(reflect.ValueOf(w), typeOf(w).status); ok && v.CanInt() {
		return int(v.Int())
	}
	return 0
}

// within returns the writer that w stands around, nil if there is none.
func within(w any) any {
	s := typeOf(w)
	if v, ok := follow(reflect.ValueOf(w), s.writer); ok {
		return v.Interface()
	}
	if s.unwraps {
		return reflect.ValueOf(w).MethodByName("Unwrap").Call(nil)[0].Interface()
	}
	return nil
}

// follow returns a field of a field of v, through pointers.
func follow(v reflect.Value, path []int) (reflect.Value, bool) {
	for _, i := range path {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v, false // a nil pointer
		}
		v = v.Field(i)
	}
	return v, len(path) > 0
}

// writerType is where a type of writer has what is looked for.
type writerType struct {
	status, writer []int // the fields on the way; empty if there is none
	unwraps        bool
}

// writerTypes holds a *writerType for each type of writer that was seen.
var writerTypes sync.Map

func typeOf(w any) *writerType {
	t := reflect.TypeOf(w)
	if s, ok := writerTypes.Load(t); ok {
		return s.(*writerType)
	}
	s := &writerType{writer: path(t, "ResponseWriter"), status: path(t, statusField(t)...)}
	if m, ok := t.MethodByName("Unwrap"); ok && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
		s.unwraps = isWriter(m.Type.Out(0))
	}
	if len(s.writer) > 0 && !isWriter(structOf(t).Field(s.writer[0]).Type) {
		s.writer = nil
	}
	writerTypes.Store(t, s)
	return s
}

// isWriter tells http.ResponseWriter by its name: to import net/http would cost
// every program more than all of telemetry.
func isWriter(t reflect.Type) bool {
	return t.Kind() == reflect.Interface && t.PkgPath() == "net/http" && t.Name() == "ResponseWriter"
}

// statusField names the fields that lead to the status in the writers of the
// standard library and of golang.org/x/net. Nobody else's are read: what their
// fields mean, and who writes to them when, only their methods can know.
func statusField(t reflect.Type) []string {
	s := structOf(t)
	if s == nil {
		return nil
	}
	switch s.PkgPath() + "." + s.Name() {
	case "net/http.response":
		return []string{"status"}
	case "net/http.timeoutWriter", "net/http/cgi.response", "net/http/fcgi.response":
		return []string{"code"}
	case "net/http.http2responseWriter", "golang.org/x/net/http2.responseWriter", "net/http/internal/http2.responseWriter":
		return []string{"rws", "status"}
	case "net/http/httptest.ResponseRecorder":
		return []string{"Code"}
	}
	return nil
}

// path returns the indexes of nested fields, empty if there are none of these
// names.
func path(t reflect.Type, names ...string) (indexes []int) {
	for _, name := range names {
		s := structOf(t)
		if s == nil {
			return nil
		}
		f, ok := s.FieldByName(name)
		if !ok || len(f.Index) != 1 {
			return nil
		}
		indexes, t = append(indexes, f.Index[0]), f.Type
	}
	return indexes
}

// structOf returns t or what it points to, if that is a struct, else nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}
