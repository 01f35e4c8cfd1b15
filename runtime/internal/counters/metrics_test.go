package counters

import (
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

func TestSum(t *testing.T) {
	s := NewSum("x", "1", noon)
	if _, ok := s.Delta(noon); ok || s.Pending() {
		t.Error("something before the first")
	}
	for i, n := range []int64{3, 0, 4, -1} {
		if first := s.Add(n); first != (i == 0) {
			t.Errorf("adding %d: first is %v", n, first)
		}
	}
	got, ok := s.Delta(noon.Add(time.Second))
	want := event.Metric{Name: "x", Unit: "1", WindowStart: noon, WindowEnd: noon.Add(time.Second), Total: 7, Invalid: 1}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range 3 {
		s.Add(math.MaxInt64)
	}
	if got, _ := s.Delta(noon); got.Total != event.MaxTotal {
		t.Errorf("total %d, want it to stop at %d", got.Total, uint64(event.MaxTotal))
	}
}

// TestValues compares with a distribution that is filled directly.
func TestValues(t *testing.T) {
	m := NewValues("x", "s", noon)
	if _, ok := m.Delta(noon); ok || m.Pending() {
		t.Error("something before the first")
	}
	const tiny, huge = 1e-300, 1e300
	for window := range 3 {
		want := event.Metric{Name: "x", Unit: "s", WindowStart: noon, WindowEnd: noon, Invalid: 3, Values: new(event.Distribution)}
		for i, v := range []float64{0, 1.5, -2.25, tiny, -tiny, huge, -huge, event.ZeroThreshold, math.Copysign(0, -1), 1} {
			if first := m.Measure(v); first != (window == 0 && i == 0) {
				t.Errorf("window %d, value %g: first is %v", window, v, first)
			}
			want.Values.Add(v)
		}
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if m.Measure(v) {
				t.Errorf("%g is the first", v)
			}
		}
		got, ok := m.Delta(noon)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("window %d (-want +got):\n%s", window, diff)
		}
		if err := got.Values.Check(); err != nil {
			t.Error(err)
		}
		if _, ok := m.Delta(noon); ok {
			t.Error("the same twice")
		}
	}
	if total(m.banks[0].positive[:]) != 0 {
		t.Error("a bank was not emptied")
	}
}

// What is not finite is told even if nothing else was measured.
func TestNothingButInvalid(t *testing.T) {
	m := NewValues("x", "s", noon)
	m.Measure(math.NaN())
	if got, ok := m.Delta(noon); !ok || got.Invalid != 1 || got.Values == nil || got.Values.Count != 0 || got.Values.Check() != nil {
		t.Errorf("%v %+v", ok, got)
	}
}

// While eight goroutines measure and count, every delta adds up and together they
// are all.
func TestMetricsConcurrently(t *testing.T) {
	m, sum := NewValues("x", "s", noon), NewSum("y", "1", noon)
	const goroutines, each = 8, 20000
	var counting, reading sync.WaitGroup
	stop := make(chan struct{})
	var all event.Distribution
	var total uint64
	take := func() {
		if d, ok := m.Delta(noon); ok {
			if err := all.Merge(*d.Values); err != nil || d.Values.Sum != 0.5*float64(d.Values.Count) && d.Values.Min == 0.5 {
				t.Errorf("does not add up: %v, %+v", err, d.Values)
			}
		}
		if d, ok := sum.Delta(noon); ok {
			total += d.Total
		}
	}
	reading.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.Gosched() // WebAssembly takes the processor from nobody
				take()
			}
		}
	})
	for range goroutines {
		counting.Go(func() {
			for i := range each {
				m.Measure([]float64{0.5, -8}[i%2])
				sum.Add(3)
			}
		})
	}
	counting.Wait()
	close(stop)
	reading.Wait()
	take()
	const half = goroutines * each / 2
	want := event.Distribution{
		Scale: event.Scale, Count: 2 * half, Sum: -7.5 * half, Min: -8, Max: 0.5,
		Positive: event.Side{Offset: -9, BucketCounts: []uint64{half}}, Negative: event.Side{Offset: 23, BucketCounts: []uint64{half}},
	}
	if diff := cmp.Diff(want, all); diff != "" || total != 3*goroutines*each {
		t.Errorf("total %d; (-want +got):\n%s", total, diff)
	}
}

func BenchmarkSum(b *testing.B) {
	s := NewSum("x", "1", noon)
	b.ReportAllocs()
	for b.Loop() {
		s.Add(1)
	}
}

func BenchmarkMeasure(b *testing.B) {
	m := NewValues("x", "s", noon)
	b.ReportAllocs()
	for b.Loop() {
		m.Measure(0.25)
	}
}
