package counters

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestDelta compares with a histogram that is filled directly.
func TestDelta(t *testing.T) {
	f := New("x", noon)
	if _, ok := f.Delta(noon, nil); ok || f.Pending() {
		t.Error("something before the first call")
	}
	for window := range 3 {
		start, end := noon.Add(time.Duration(window)*time.Minute), noon.Add(time.Duration(window+1)*time.Minute)
		want := event.Summary{Feature: "x", WindowStart: start, WindowEnd: end, Calls: 6, Errors: 2, Canceled: 1, Panics: 1, Goexits: 1}
		for i, outcome := range []event.Outcome{event.OK, event.Error, event.Panic, event.Goexit, event.Error, event.Canceled} {
			took := time.Duration(i*i) * time.Millisecond
			if first := f.Count(outcome, took); first != (window == 0 && i == 0) {
				t.Errorf("window %d, call %d: first is %v", window, i, first)
			}
			want.Duration.Add(uint64(took))
		}
		got, ok := f.Delta(end, nil)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("window %d (-want +got):\n%s", window, diff)
		}
		if err := got.Duration.Check(); err != nil {
			t.Error(err)
		}
		if _, ok := f.Delta(end, nil); ok {
			t.Error("the same twice")
		}
	}
}

// A clock that goes backwards does not make a call last 584 years.
func TestNegativeDuration(t *testing.T) {
	f := New("x", noon)
	f.Count(event.OK, -time.Second)
	if got, _ := f.Delta(noon, nil); got.Duration.Max != 0 || got.Calls != 1 {
		t.Errorf("%+v", got)
	}
}

// A window without calls is not part of the next one.
func TestIdleWindow(t *testing.T) {
	f := New("x", noon)
	f.Delta(noon.Add(time.Hour), nil)
	f.Count(event.OK, 1)
	if got, _ := f.Delta(noon.Add(2*time.Hour), nil); !got.WindowStart.Equal(noon.Add(time.Hour)) {
		t.Errorf("the window starts at %s", got.WindowStart)
	}
}

// While eight goroutines count, every delta adds up and together they are all.
func TestConcurrently(t *testing.T) {
	f := New("x", noon)
	const goroutines, each = 8, 20000
	var counting, reading sync.WaitGroup
	stop := make(chan struct{})
	var calls, errs, sum uint64
	add := func(s event.Summary) {
		if s.Duration.Count != s.Calls || s.Duration.Check() != nil || s.Errors > s.Calls || s.Duration.Sum > s.Calls*7 {
			t.Errorf("does not add up: %+v", s)
		}
		calls, errs, sum = calls+s.Calls, errs+s.Errors, sum+s.Duration.Sum
	}
	reading.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.Gosched() // WebAssembly takes the processor from nobody
				if s, ok := f.Delta(noon, nil); ok {
					add(s)
				}
			}
		}
	})
	for range goroutines {
		counting.Go(func() {
			for i := range each {
				f.Count([]event.Outcome{event.OK, event.Error}[i%2], 7)
			}
		})
	}
	counting.Wait()
	close(stop)
	reading.Wait()
	if s, ok := f.Delta(noon, nil); ok {
		add(s)
	}
	if calls != goroutines*each || errs != goroutines*each/2 || sum != 7*goroutines*each {
		t.Errorf("%d calls, %d errors, sum %d", calls, errs, sum)
	}
}

func BenchmarkCount(b *testing.B) {
	f := New("x", noon)
	b.ReportAllocs()
	for b.Loop() {
		f.Count(event.OK, 1234)
	}
}

func BenchmarkCountParallel(b *testing.B) {
	f := New("x", noon)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			f.Count(event.OK, 1234)
		}
	})
}
