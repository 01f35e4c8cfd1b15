package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// metricsOf returns what the spool holds of each metric, windows added up, by
// "name unit". A count stands under its name and the word "total".
func metricsOf(tb testing.TB, dir string) map[string]event.Metric {
	tb.Helper()
	all := map[string]event.Metric{}
	for _, r := range spooled(tb, dir) {
		if parse(tb, r).Body.Type != event.TypeMetric {
			continue
		}
		d := data[event.Metric](tb, r)
		key := d.Name + " " + d.Unit
		if d.Values == nil {
			key = d.Name + " total"
		}
		sum := all[key]
		sum.Total, sum.Invalid = sum.Total+d.Total, sum.Invalid+d.Invalid
		if d.Values != nil {
			if sum.Values == nil {
				sum.Values = new(event.Distribution)
			}
			if err := sum.Values.Merge(*d.Values); err != nil {
				tb.Fatal(err)
			}
		}
		all[key] = sum
	}
	return all
}

func TestMetrics(t *testing.T) {
	var log bytes.Buffer
	s, dir := start(t, Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for range 3 {
		Count("files", 2)
		Count("files", 0)
		Count("files", -7)
		Count("Files of bob@example.org", 1)
		Measure("size", 0.5, Bytes)
		Measure("size", -1, Bytes)
		Measure("size", math.NaN(), Bytes)
		Measure("size", 3, Seconds)
		Measure("size", 4, Unit(77))
		Measure("size", 4, Unit(255))
		Measure("/home/bob", 1, One)
	}
	s.Stop()
	values := func(vs ...float64) *event.Distribution {
		d := new(event.Distribution)
		for range 3 {
			for _, v := range vs {
				d.Add(v)
			}
		}
		return d
	}
	want := map[string]event.Metric{
		"files total": {Total: 6, Invalid: 3},
		"other total": {Total: 3},
		"size By":     {Values: values(0.5, -1), Invalid: 3},
		"size s":      {Values: values(3)},
		"size other":  {Values: values(4, 4)},
		"other 1":     {Values: values(1)},
	}
	if diff := cmp.Diff(want, metricsOf(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for said, times := range map[string]int{"second unit": 1, "none of this package": 1, "other characters": 2} {
		if got := strings.Count(log.String(), said); got != times {
			t.Errorf("want %q %d times, got %d, in\n%s", said, times, got, &log)
		}
	}
	for _, r := range spooled(t, dir) {
		if strings.Contains(string(r.JSON), "bob") {
			t.Errorf("a name went through: %s", r.JSON)
		}
	}
}

// A program that puts names together does not fill the memory.
func TestTooManyMetrics(t *testing.T) {
	s, dir := start(t, Config{})
	for i := range 3 * maxNames {
		Count(fmt.Sprint("n", i), 1)
		Measure(fmt.Sprint("n", i), 1, One)
	}
	if n := len(s.metrics.Load().all); n > maxNames+2 {
		t.Errorf("%d metrics", n)
	}
	s.Stop()
	got, sum := metricsOf(t, dir), uint64(0)
	for _, m := range got {
		sum += m.Total
		if m.Values != nil {
			sum += m.Values.Count
		}
	}
	if sum != 6*maxNames || got["other total"].Total < maxNames || got["other 1"].Values.Count < maxNames {
		t.Errorf("want %d in all, got %d, of which other %d", 6*maxNames, sum, got["other total"].Total)
	}
}

// What is counted is written at first use, then at intervals that double, without
// anybody calling anything, and not at all while nothing happens.
func TestMetricIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, dir := start(t, Config{})
		began := time.Now()
		var at []string
		seen := 0
		look := func() {
			synctest.Wait()
			for ; seen < len(spooled(t, dir)); seen++ {
				at = append(at, time.Since(began).Round(100*time.Millisecond).String())
			}
		}
		for range 40 {
			Count("files", 1)
			look()
			time.Sleep(50 * time.Millisecond)
			look()
		}
		want := []string{"0s", "100ms", "300ms", "700ms", "1.5s"}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("written at (-want +got):\n%s", diff)
		}
		s.Stop()
		if got := metricsOf(t, dir)["files total"].Total; got != 40 {
			t.Errorf("total %d, want 40", got)
		}
	})
}

// The author's logger may count what it is told.
func TestLoggerThatCounts(t *testing.T) {
	s, dir := start(t, Config{Logger: slog.New(countingHandler{slog.DiscardHandler})})
	Measure("Bad Name", 1, One)
	Measure("size", 1, Unit(200))
	s.Stop()
	if got := metricsOf(t, dir)["logged total"].Total; got != 2 {
		t.Errorf("logged %d times, want 2", got)
	}
}

type countingHandler struct{ slog.Handler }

func (countingHandler) Enabled(context.Context, slog.Level) bool { return true }
func (countingHandler) Handle(context.Context, slog.Record) error {
	Count("logged", 1)
	return nil
}

func TestUnits(t *testing.T) {
	seen := map[string]bool{}
	for u := One; u <= Hertz; u++ {
		if code := u.String(); code == "" || code == "other" || seen[code] {
			t.Errorf("unit %d is %q", u, code)
		}
		seen[u.String()] = true
	}
	if got := (Hertz + 1).String(); got != "other" {
		t.Errorf("the unit after the last is %q", got)
	}
}

func BenchmarkCountOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Count("index.files", 1)
	}
}

func BenchmarkMeasureOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Measure("upload.size", 1234.5, Bytes)
	}
}

func BenchmarkCountOn(b *testing.B) {
	start(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		Count("index.files", 1)
	}
}

func BenchmarkMeasureOn(b *testing.B) {
	start(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		Measure("upload.size", 1234.5, Bytes)
	}
}

func BenchmarkMeasureParallel(b *testing.B) {
	start(b, Config{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			Measure("upload.size", 1234.5, Bytes)
		}
	})
}
