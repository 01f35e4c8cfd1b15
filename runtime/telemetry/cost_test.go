package telemetry

import (
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func instrumented(p *Point) (err error) {
	defer p.Begin().End(&err)
	return nil
}

func attributed(p *Point, n int, format string) (err error) {
	defer func(t Timer) { t.End(&err, slog.Int("n", n), slog.String("format", format)) }(p.Begin())
	return nil
}

func resultingIn[T any](p *Point) (r T) {
	defer p.Begin().EndAs(&r)
	return r
}

// writer is the least that a handler can be given.
type writer struct{}

func (*writer) StatusCode() int { return 200 }

func handled(p *Point, w any) {
	defer p.Begin().EndStatus(w)
}

func plainly(p *Point, n size, format word, took time.Duration) (err error) {
	defer p.Begin().End(&err, Value("n", n), Value("took", took), OneOf("format", format, "json", "yaml"))
	return nil
}

// Off costs no allocation, attributes included; a counted call none either,
// whatever it returns and however it ends.
func TestAllocations(t *testing.T) {
	check := func(what string, f func()) {
		t.Helper()
		f()
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	w := &writer{}
	calls := func(what string, p *Point) {
		t.Helper()
		check(what+", error", func() { _ = instrumented(p) })
		check(what+", own error", func() { _ = resultingIn[*ownError](p) })
		check(what+", interface", func() { _ = resultingIn[coded](p) })
		check(what+", number", func() { _ = resultingIn[syscall.Errno](p) })
		check(what+", struct", func() { _ = resultingIn[uncomparable](p) })
		check(what+", status", func() { handled(p, w) })
		check(what+", attributes", func() { _ = attributed(p, 3, "json") })
		check(what+", plain attributes", func() { _ = plainly(p, 3, "json", time.Hour) })
	}
	off := func(what string) {
		t.Helper()
		calls(what+", command", &tkCommand)
		calls(what+", feature", &tkFeature)
		check(what+", track", func() { Track("x", slog.Int("n", 3), slog.String("s", "json")) })
		check(what+", by name", func() { Begin("x").End(nil) })
		check(what+", metrics", func() { Count("x", 3); Measure("x", 0.5, Seconds) })
	}
	off("not started")
	s, _ := start(t, Config{Consent: Off})
	off("off")
	s.Stop()
	quiet(t)
	calls("feature", &tkFeature)
	check("counting", func() { Count("files", 3); Count("files", -1) })
	check("measuring", func() { Measure("size", 0.5, Bytes); Measure("size", -0.5, Bytes); Measure("size", math.NaN(), Bytes) })
	check("failing", func() { _ = resultingIn[bool](&tkFeature) })
	check("panicking", func() { defer func() { _ = recover() }(); panicking(&tkFeature) })
}

func panicking(p *Point) {
	defer p.Begin().End(nil)
	panic(panicsWith)
}

var panicsWith any = "x"

//go:noinline
func bare(*Point) (err error) { return nil }

//go:noinline
func emptyDefer(*Point) (err error) {
	defer func(*error) {}(&err)
	return nil
}

// BenchmarkBare and BenchmarkEmptyDefer are what the others are measured
// against.
func BenchmarkBare(b *testing.B) {
	for b.Loop() {
		_ = bare(&tkFeature)
	}
}

func BenchmarkEmptyDefer(b *testing.B) {
	for b.Loop() {
		_ = emptyDefer(&tkFeature)
	}
}

func BenchmarkOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = instrumented(&tkFeature)
	}
}

func BenchmarkFeature(b *testing.B) {
	start(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		_ = instrumented(&tkFeature)
	}
}

func BenchmarkFeatureParallel(b *testing.B) {
	start(b, Config{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = instrumented(&tkFeature)
		}
	})
}

func BenchmarkEach(b *testing.B) {
	s, _ := start(b, Config{})
	s.spool.Limit = 1 << 40
	b.ReportAllocs()
	for b.Loop() {
		_ = instrumented(&tkEach)
	}
}

// BenchmarkCommand writes two records a call: the begin and the end.
func BenchmarkCommand(b *testing.B) {
	s, _ := start(b, Config{})
	s.spool.Limit = 1 << 40
	b.ReportAllocs()
	for b.Loop() {
		_ = instrumented(&tkCommand)
	}
}

func BenchmarkTrack(b *testing.B) {
	s, _ := start(b, Config{})
	s.spool.Limit = 1 << 40
	b.ReportAllocs()
	for b.Loop() {
		Track("config.migrated", slog.Int("from", 3))
	}
}

// A flush is written down in memory that stays, however many features and metrics
// have counted: programs that count their own allocations do not find ours.
func TestFlushAllocatesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("to ask for the size of a file is an allocation there")
	}
	s := quiet(t)
	var names []string // of more than one page
	for i := range 200 {
		names = append(names, fmt.Sprintf("feature%d", i))
	}
	flush := func() bool {
		for _, name := range names {
			Begin(name).End(nil)
			Count(name, 1)
		}
		return s.flush()
	}
	flush() // the first call of each is written at once
	n := testing.AllocsPerRun(100, func() {
		if !flush() {
			t.Error("there was nothing to flush")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a flush of %d features and as many metrics, want none", n, len(names))
	}
}
