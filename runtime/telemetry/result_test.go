package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

type (
	flag     bool
	ownError struct{ code int }
	coded    interface {
		error
		Code() int
	}
	uncomparable struct{ list []int }
	errorList    []error
	fragile      struct{ inner error }
)

func (e *ownError) Error() string    { return "own" }
func (e *ownError) Code() int        { return e.code }
func (e uncomparable) Error() string { return "uncomparable" }
func (e errorList) Error() string    { return "many" }
func (e *fragile) Error() string     { return "fragile" }
func (e *fragile) Unwrap() error     { return e.inner } // of a nil pointer it panics

type endless struct{}

func (e *endless) Error() string { return "endless" }
func (e *endless) Unwrap() error { return e }

// as is a function with a result of any type.
func as[T any](p *Point, result T) (r T) {
	defer p.Begin().EndAs(&r)
	return result
}

// TestEndAs records what each result stands for, call by call and counted.
func TestEndAs(t *testing.T) {
	canceled := fmt.Errorf("waiting: %w", context.Canceled)
	failed := func(kind string) event.Call { return event.Call{Outcome: event.Error, ErrorType: kind} }
	success := event.Call{Outcome: event.OK, Success: true}
	for _, c := range []struct {
		name string
		do   func(p *Point)
		want event.Call
	}{
		{"true", func(p *Point) { as(p, true) }, success},
		{"false", func(p *Point) { as(p, false) }, failed("")},
		{"a type over bool", func(p *Point) { as(p, flag(true)) }, success},
		{"a type over bool, false", func(p *Point) { as(p, flag(false)) }, failed("")},
		{"nil pointer", func(p *Point) { as[*ownError](p, nil) }, success},
		{"pointer", func(p *Point) { as(p, &ownError{1}) }, failed("*telemetry.ownError")},
		{"nil error", func(p *Point) { as[error](p, nil) }, success},
		{"error", func(p *Point) { as[error](p, fmt.Errorf("x: %w", &fs.PathError{})) }, failed("*fs.PathError")},
		{"typed nil in an error", func(p *Point) { as[error](p, (*ownError)(nil)) }, failed("*telemetry.ownError")},
		{"nil of an interface", func(p *Point) { as[coded](p, nil) }, success},
		{"interface", func(p *Point) { as[coded](p, &ownError{1}) }, failed("*telemetry.ownError")},
		{"nil any", func(p *Point) { as[any](p, nil) }, success},
		{"any with an error", func(p *Point) { as[any](p, fs.ErrNotExist) }, failed("*errors.errorString")},
		{"any without an error", func(p *Point) { as[any](p, 7) }, failed("int")},
		{"zero number", func(p *Point) { as(p, syscall.Errno(0)) }, success},
		{"number", func(p *Point) { as(p, syscall.ENOENT) }, failed("syscall.Errno")},
		{"plain number", func(p *Point) { as(p, 3) }, failed("int")},
		{"zero struct", func(p *Point) { as(p, uncomparable{}) }, success},
		{"struct", func(p *Point) { as(p, uncomparable{[]int{1}}) }, failed("telemetry.uncomparable")},
		{"uncomparable in an error", func(p *Point) { as[error](p, uncomparable{[]int{1}}) }, failed("telemetry.uncomparable")},
		{"nil list", func(p *Point) { as[errorList](p, nil) }, success},
		{"list", func(p *Point) { as(p, errorList{fs.ErrNotExist}) }, failed("telemetry.errorList")},
		{"function", func(p *Point) { as(p, func() {}) }, failed("func()")},
		{"string", func(p *Point) { as(p, "no") }, failed("string")},
		{"canceled error", func(p *Point) { as(p, canceled) }, event.Call{Outcome: event.Canceled}},
		{"canceled in a pointer", func(p *Point) { as(p, &fragile{canceled}) }, event.Call{Outcome: event.Canceled}},
		{"nil that cannot be unwrapped", func(p *Point) { as[error](p, (*fragile)(nil)) }, failed("*telemetry.fragile")},
		{"error that contains itself", func(p *Point) { as(p, &endless{}) }, failed("*telemetry.endless")},
		{"nothing", func(p *Point) { p.Begin().EndAs(nil) }, success},
		{"no pointer", func(p *Point) { p.Begin().EndAs(false) }, success},
		{"nil pointer to a result", func(p *Point) { p.Begin().EndAs((*error)(nil)) }, success},
		{"nil pointer to a bool", func(p *Point) { p.Begin().EndAs((*bool)(nil)) }, success},
	} {
		t.Run(c.name, func(t *testing.T) { checkEnd(t, c.do, c.want) })
	}
}

// checkEnd calls a function that ends a call of the point it is given, recorded
// by itself and counted, and compares what is kept.
func checkEnd(t *testing.T, do func(p *Point), want event.Call) {
	t.Helper()
	s, dir := start(t, Config{})
	do(&tkEach)
	do(&tkFeature)
	s.Stop()
	want.Feature = tkEach.Name
	var sum event.Summary
	for _, r := range spooled(t, dir) {
		if parse(t, r).Body.Type == event.TypeSummary {
			sum = data[event.Summary](t, r)
			continue
		}
		got := data[event.Call](t, r)
		got.DurationMS = 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the call (-want +got):\n%s", diff)
		}
	}
	counts := map[event.Outcome]uint64{event.OK: sum.Calls - sum.Errors - sum.Canceled, event.Error: sum.Errors, event.Canceled: sum.Canceled}
	if sum.Calls != 1 || counts[want.Outcome] != 1 {
		t.Errorf("counted %+v, want one call that ended in %s", sum, want.Outcome)
	}
}

// Cancellation is what errors.Is says; a deadline that has passed is an error.
func TestCanceled(t *testing.T) {
	canceled := event.Call{Outcome: event.Canceled}
	for _, c := range []struct {
		err  error
		want event.Call
	}{
		{context.Canceled, canceled},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", context.Canceled)), canceled},
		{errors.Join(fs.ErrNotExist, context.Canceled), canceled},
		{fmt.Errorf("%w and %w", fs.ErrNotExist, context.Canceled), canceled},
		{context.DeadlineExceeded, event.Call{Outcome: event.Error, ErrorType: "context.deadlineExceededError"}},
		{errors.New("context canceled"), event.Call{Outcome: event.Error, ErrorType: "*errors.errorString"}},
	} {
		if got := errors.Is(c.err, context.Canceled); got != (c.want.Outcome == event.Canceled) {
			t.Fatalf("%v: errors.Is says %v", c.err, got)
		}
		checkEnd(t, func(p *Point) {
			func() (err error) {
				defer p.Begin().End(&err)
				return c.err
			}()
		}, c.want)
	}
}

type (
	size  int64
	level uint8
	ratio float32
	on    bool
	word  string
)

// What Value and OneOf make arrives in the event; what stands outside a closed
// list, and what has no key, does not.
func TestAttributes(t *testing.T) {
	_, dir := start(t, Config{})
	func() {
		defer tkCommand.Begin().End(nil, Value("size", size(-3)), Value("level", level(200)), Value("ratio", ratio(0.5)), Value("on", on(true)),
			Value("took", 1500*time.Microsecond), Value("max", uint64(1<<63)),
			OneOf("format", word("json"), "json", "yaml"), OneOf("path", "/home/bob", "json"), OneOf("none", ""),
			slog.Attr{}, Value("", 1), Value("Not A Key", 1), slog.String("free", "/home/bob"), slog.Any("any", t))
	}()
	want := map[string]any{
		"size": -3.0, "level": 200.0, "ratio": 0.5, "on": true, "took": 1.5, "max": float64(1 << 63),
		"format": "json", "path": "other", "none": "other", "free": "other",
	}
	if diff := cmp.Diff(want, data[event.Call](t, spooled(t, dir)[1]).Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A string that may be anything does not compile into a value.
func TestValueTakesNoString(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.go")
	source := "package main\n\nimport \"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry\"\n\nfunc main() { telemetry.Value(\"path\", \"/home/bob\") }\n"
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), goCommand(t), "build", "-o", os.DevNull, file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "string does not satisfy telemetry.Plain") {
		t.Errorf("%v\n%s", err, out)
	}
}
