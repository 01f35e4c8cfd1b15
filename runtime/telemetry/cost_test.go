package telemetry

import (
	"log/slog"
	"testing"
)

func instrumented(p *Point) (err error) {
	defer p.Begin().End(&err)
	return nil
}

func attributed(p *Point, n int, format string) (err error) {
	defer func(t Timer) { t.End(&err, slog.Int("n", n), slog.String("format", format)) }(p.Begin())
	return nil
}

// Off costs no allocation, attributes included; a counted call none either.
func TestAllocations(t *testing.T) {
	check := func(what string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	off := func(what string) {
		check(what+", command", func() { _ = instrumented(&tkCommand) })
		check(what+", feature", func() { _ = instrumented(&tkFeature) })
		check(what+", attributes", func() { _ = attributed(&tkEach, 3, "json") })
		check(what+", track", func() { Track("x", slog.Int("n", 3), slog.String("s", "json")) })
		check(what+", by name", func() { Begin("x").End(nil) })
	}
	off("not started")
	s, _ := start(t, Config{Consent: Off})
	off("off")
	s.Stop()
	_, _ = start(t, Config{})
	_ = instrumented(&tkFeature)
	check("feature", func() { _ = instrumented(&tkFeature) })
}

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
