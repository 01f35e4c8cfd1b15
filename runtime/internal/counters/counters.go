// Package counters counts what features do without writing each call down.
//
// In come the calls of one feature, or the numbers of one metric, from any number
// of goroutines; out go deltas: an [event.Summary] or an [event.Metric] of what
// happened since the one before. A call waits for nobody and allocates nothing.
package counters

import (
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Feature counts the calls of one feature.
type Feature struct {
	Name string

	turns
	banks [2]bank
}

type bank struct {
	errors, canceled, panics, goexits atomic.Uint64
	sum, max                          atomic.Uint64
	// A call adds to one of these last, so that what they hold together is the
	// number of calls that are counted completely. A window is a minute: 2^32
	// calls do not fit.
	buckets [event.Buckets]atomic.Uint32
}

// New returns the counters of a feature whose first window starts at now.
func New(name string, now time.Time) *Feature {
	return &Feature{Name: name, turns: turns{start: now}}
}

// Count counts one call. It reports whether it is the first call ever.
func (f *Feature) Count(outcome event.Outcome, took time.Duration) (first bool) {
	i, first := f.enter()
	b := &f.banks[i]
	ns := uint64(max(took, 0))
	if outcome != event.OK {
		b.fail(outcome)
	}
	b.sum.Add(ns)
	for old := b.max.Load(); ns > old && !b.max.CompareAndSwap(old, ns); {
		old = b.max.Load()
	}
	b.buckets[event.BucketIndex(ns)].Add(1)
	return first
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

// Delta returns what was counted since the Delta before it, and false if that
// is nothing. The counts of the histogram are appended to dst.
func (f *Feature) Delta(now time.Time, dst []uint64) (event.Summary, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	start := f.next(now)
	if !f.Pending() {
		return event.Summary{}, false
	}
	cold, begun := f.swap(func(i int) uint64 { return f.banks[i].counted() })
	s := f.banks[cold].take(f.Name, begun, dst)
	s.WindowStart, s.WindowEnd = start, now
	return s, true
}

// counted returns how many calls are counted completely.
func (b *bank) counted() uint64 {
	return total(b.buckets[:])
}

func (b *bank) take(name string, calls uint64, dst []uint64) event.Summary {
	s := event.Summary{
		Feature: name, Calls: calls,
		Errors: b.errors.Swap(0), Canceled: b.canceled.Swap(0), Panics: b.panics.Swap(0), Goexits: b.goexits.Swap(0),
	}
	h := event.Histogram{Scale: event.Scale, Count: calls, Sum: b.sum.Swap(0), Max: b.max.Swap(0)}
	h.Offset, h.BucketCounts = drain(b.buckets[:], dst)
	s.Duration = h
	return s
}
