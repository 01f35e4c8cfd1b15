// Package counters counts what features do without writing each call down.
//
// In come the calls of one feature, from any number of goroutines; out go
// deltas: an [event.Summary] of what happened since the one before. A call
// waits for nobody and allocates nothing.
package counters

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Feature counts the calls of one feature.
//
// A delta has to add up: as many values in the histogram as calls, and no more
// errors than calls. So there are two banks of counters. Calls count in the hot
// one; Delta makes the other one hot, waits for the calls that are still on
// their way into the cold one (nanoseconds), and empties it. The scheme is that
// of the histogram in Prometheus' client_golang.
type Feature struct {
	Name string

	// hot: the highest bit is the bank that is hot, the rest is the number of
	// calls begun to be counted, ever.
	hot   atomic.Uint64
	banks [2]bank

	mu    sync.Mutex // one Delta at a time
	taken atomic.Uint64
	start time.Time // of the window that is open
}

type bank struct {
	errors, canceled, panics, goexits atomic.Uint64
	sum, max                          atomic.Uint64
	// A call adds to one of these last, so that what they hold together is the
	// number of calls that are counted completely. A window is a minute: 2^32
	// calls do not fit.
	buckets [event.Buckets]atomic.Uint32
}

const hotBit = 1 << 63

// New returns the counters of a feature whose first window starts at now.
func New(name string, now time.Time) *Feature {
	return &Feature{Name: name, start: now}
}

// Count counts one call. It reports whether it is the first call ever.
func (f *Feature) Count(outcome event.Outcome, took time.Duration) (first bool) {
	n := f.hot.Add(1)
	b := &f.banks[n>>63]
	ns := uint64(max(took, 0))
	if outcome != event.OK {
		b.fail(outcome)
	}
	b.sum.Add(ns)
	for old := b.max.Load(); ns > old && !b.max.CompareAndSwap(old, ns); {
		old = b.max.Load()
	}
	b.buckets[event.BucketIndex(ns)].Add(1)
	return n&^hotBit == 1
}

func (b *bank) fail(outcome event.Outcome) {
	switch outcome {
	case event.Error:
		b.errors.Add(1)
	case event.Canceled:
		b.canceled.Add(1)
	case event.Panic:
		b.panics.Add(1)
	case event.Goexit:
		b.goexits.Add(1)
	}
}

// Pending reports whether there is anything to take a delta of.
func (f *Feature) Pending() bool { return f.hot.Load()&^hotBit != f.taken.Load() }

// Delta returns what was counted since the Delta before it, and false if that
// is nothing.
func (f *Feature) Delta(now time.Time) (event.Summary, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.Pending() {
		f.start = now
		return event.Summary{}, false
	}
	// Inv: the cold bank is empty, so all that was begun and not yet taken is in
	// the bank that is hot until this line.
	n := f.hot.Add(hotBit)
	cold := &f.banks[(n>>63)^1]
	begun := n&^hotBit - f.taken.Load()
	for cold.counted() != begun {
		runtime.Gosched()
	}
	s := cold.take(f.Name, begun)
	f.taken.Add(begun)
	s.WindowStart, s.WindowEnd = f.start, now
	f.start = now
	return s, true
}

// counted returns how many calls are counted completely.
func (b *bank) counted() (calls uint64) {
	for i := range b.buckets {
		calls += uint64(b.buckets[i].Load())
	}
	return calls
}

func (b *bank) take(name string, calls uint64) event.Summary {
	s := event.Summary{
		Feature: name, Calls: calls,
		Errors: b.errors.Swap(0), Canceled: b.canceled.Swap(0), Panics: b.panics.Swap(0), Goexits: b.goexits.Swap(0),
	}
	h := event.Histogram{Scale: event.Scale, Count: calls, Sum: b.sum.Swap(0), Max: b.max.Swap(0)}
	lo, hi := -1, -1
	for i := range b.buckets {
		if b.buckets[i].Load() > 0 {
			if lo < 0 {
				lo = i
			}
			hi = i
		}
	}
	h.Offset, h.BucketCounts = lo, make([]uint64, hi-lo+1)
	for i := range h.BucketCounts {
		h.BucketCounts[i] = uint64(b.buckets[lo+i].Swap(0))
	}
	s.Duration = h
	return s
}
