package telemetry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

type codedError struct {
	code string
	by   error
}

func (e codedError) Error() string         { return "secret text" }
func (e codedError) TelemetryCode() string { return e.code }
func (e codedError) Unwrap() error         { return e.by }

// brokenError panics wherever it is touched, as methods of nil pointers do.
type brokenError struct{ in string }

func (e *brokenError) Error() string { return "broken" }
func (e *brokenError) TelemetryCode() string {
	if e.in == "code" {
		panic("in TelemetryCode")
	}
	return ""
}

func (e *brokenError) Is(error) bool {
	if e.in == "is" {
		panic("in Is")
	}
	return false
}

func (e *brokenError) Unwrap() error {
	if e.in == "unwrap" {
		panic("in Unwrap")
	}
	return e // for ever
}

// sliceError cannot be compared.
type sliceError []string

func (sliceError) Error() string { return "x" }

var errQuota = errors.New("quota")

var declaredCodes = []ErrorCode{
	{Err: errQuota, Code: "quota.exceeded"},
	{Err: fs.ErrNotExist, Code: "not-found"},
	{Err: nil, Code: "nobody"},
	{Err: sliceError{"x"}, Code: "uncomparable"},
	{Err: io.EOF, Code: "Says Who"},
	{Err: io.ErrUnexpectedEOF},
}

func TestErrorCode(t *testing.T) {
	_, missing := os.Open("/nonexistent/bob")
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("plain"), ""},
		{codedError{code: "disk.full"}, "disk.full"},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", codedError{code: "disk.full"})), "disk.full"},
		{errors.Join(io.ErrNoProgress, codedError{code: "disk.full"}), "disk.full"},
		{fmt.Errorf("%w and %w", io.ErrNoProgress, errQuota), "quota.exceeded"},
		{missing, "not-found"},
		{codedError{code: "outer", by: codedError{code: "inner"}}, "outer"},
		{codedError{by: codedError{code: "inner"}}, "inner"},
		{codedError{code: "own", by: errQuota}, "own"},
		{codedError{by: errQuota}, "quota.exceeded"},
		{codedError{code: "Disk Full"}, "other"},
		{codedError{code: "bob@example.org"}, "other"},
		{codedError{code: strings.Repeat("x", 64)}, strings.Repeat("x", 64)},
		{codedError{code: strings.Repeat("x", 65)}, "other"},
		{io.EOF, "other"},
		{io.ErrUnexpectedEOF, ""},
		{sliceError{"x"}, ""},
		{errors.Join(sliceError{"x"}, errQuota), ""}, // comparing panics, and ends the search
		{&brokenError{in: "code"}, ""},
		{&brokenError{in: "is"}, ""},
		{&brokenError{in: "unwrap"}, ""},
		{&brokenError{}, ""},
		{(*nilCoder)(nil), ""},
	} {
		if got := errorCode(test.err, declaredCodes); got != test.want {
			t.Errorf("%T %v: want %q, got %q", test.err, test.err, test.want, got)
		}
	}
}

type nilCoder struct{ code string }

func (n *nilCoder) Error() string         { return "nil" }
func (n *nilCoder) TelemetryCode() string { return n.code }

// The code stands beside the type, of commands and of calls that are recorded each.
func TestErrorCodeIsRecorded(t *testing.T) {
	s, dir := start(t, Config{ErrorCodes: declaredCodes})
	fails := func(p *Point) (err error) {
		defer p.Begin().End(&err)
		return fmt.Errorf("opening: %w", errQuota)
	}
	for _, p := range []*Point{&tkCommand, &tkEach, &tkFeature} {
		_ = fails(p)
	}
	s.Stop()
	coded := 0
	for _, r := range spooled(t, dir) {
		if c := data[event.Call](t, r); c.Outcome == event.Error {
			coded++
			if c.ErrorCode != "quota.exceeded" || c.ErrorType != "*errors.errorString" || c.ExitCode != nil {
				t.Errorf("recorded %+v", c)
			}
		}
	}
	if coded != 2 {
		t.Errorf("%d calls failed, want 2", coded)
	}
}

// Panics that Go itself raises are told from those of the program.
func TestRaised(t *testing.T) {
	var (
		nothing *Point
		none    map[string]int
		zero        = len(os.Args[:0])
		value   any = 1
	)
	for what, test := range map[string]struct {
		f    func()
		want string
	}{
		"nil dereference":  {func() { _ = nothing.Name }, "runtime.Error"},
		"division":         {func() { _ = 1 / zero }, "runtime.Error"},
		"index":            {func() { _ = os.Args[zero-1] }, "runtime.Error"},
		"slice":            {func() { _ = os.Args[zero+1000:] }, "runtime.Error"},
		"nil map":          {func() { none["x"] = 1 }, "runtime.Error"},
		"assertion":        {func() { _ = value.(string) }, "runtime.Error"},
		"missing method":   {func() { _ = value.(error) }, "runtime.Error"},
		"closed channel":   {func() { c := make(chan int); close(c); close(c) }, "runtime.Error"},
		"uncomparable key": {func() { _ = map[any]int{func() {}: 1} }, "runtime.Error"},
		"make":             {func() { _ = make([]int, zero-1) }, "runtime.Error"},
		"of the program":   {func() { panic("secret") }, ""},
		"panic(nil)":       {func() { panic(nil) }, ""},
		"a runtime.Error again": {func() {
			defer func() { panic(recover()) }()
			_ = nothing.Name
		}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			s, dir := start(t, Config{})
			survive(func() {
				defer tkCommand.Begin().End(nil)
				test.f()
			})
			s.Stop()
			records := spooled(t, dir)
			got := data[event.Call](t, records[len(records)-1])
			if got.Outcome != event.Panic || got.ErrorType != test.want {
				t.Errorf("want %q, got %q (%s)", test.want, got.ErrorType, got.Outcome)
			}
		})
	}
}
