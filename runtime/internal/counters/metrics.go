package counters

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Sum adds up what is counted under one name.
type Sum struct {
	Name, Unit string

	total, invalid atomic.Uint64
	used           atomic.Bool

	mu    sync.Mutex // one Delta at a time
	start time.Time  // of the window that is open
}

// NewSum returns a sum whose first window starts at now.
func NewSum(name, unit string, now time.Time) *Sum {
	return &Sum{Name: name, Unit: unit, start: now}
}

// Add adds n to the total, which stops at [event.MaxTotal]. Of a negative n it
// counts only that there was one. It reports whether it is the first ever.
func (s *Sum) Add(n int64) (first bool) {
	if n < 0 {
		s.invalid.Add(1)
	} else {
		s.add(uint64(n))
	}
	return !s.used.Load() && s.used.CompareAndSwap(false, true)
}

func (s *Sum) add(n uint64) {
	for {
		old := s.total.Load()
		if s.total.CompareAndSwap(old, min(old+n, event.MaxTotal)) {
			return
		}
	}
}

// Pending reports whether there is anything to take a delta of.
func (s *Sum) Pending() bool { return s.total.Load() > 0 || s.invalid.Load() > 0 }

// Delta returns what was added since the Delta before it, and false if that is
// nothing.
func (s *Sum) Delta(now time.Time) (event.Metric, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := event.Metric{
		Name: s.Name, Unit: s.Unit, WindowStart: s.start, WindowEnd: now,
		Total: s.total.Swap(0), Invalid: s.invalid.Swap(0),
	}
	s.start = now
	return m, m.Total > 0 || m.Invalid > 0
}

// Values keeps how the values spread that are measured under one name.
type Values struct {
	Name, Unit string

	turns
	banks   [2]values
	invalid atomic.Uint64
}

type values struct {
	sum      atomic.Uint64 // the bits of a float64
	min, max atomic.Uint64 // the bits of a float64, and one more; zero: none yet
	// A value adds to one of these last, as a call does in a bank. Few programs
	// measure what is negative, so the buckets for that are made when one does.
	zero     [1]atomic.Uint32
	positive sides
	negative atomic.Pointer[sides]
}

type sides [event.ValueBuckets]atomic.Uint32

// NewValues returns the values of a metric whose first window starts at now.
func NewValues(name, unit string, now time.Time) *Values {
	return &Values{Name: name, Unit: unit, turns: turns{start: now}}
}

// Measure counts one value as [event.Distribution.Add] does. What is not finite
// is counted as invalid and nothing else. It reports whether it is the first
// finite value ever.
func (m *Values) Measure(v float64) (first bool) {
	if v-v != 0 { // NaN or an infinity
		m.invalid.Add(1)
		return false
	}
	v = event.Clamp(v)
	i, first := m.enter()
	b := &m.banks[i]
	b.add(v)
	b.limit(v)
	b.bucket(v).Add(1)
	return first
}

func (b *values) add(v float64) {
	for {
		old := b.sum.Load()
		if b.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}

// limit moves min and max.
func (b *values) limit(v float64) {
	bits := math.Float64bits(v) + 1
	for old := b.min.Load(); (old == 0 || v < extreme(old)) && !b.min.CompareAndSwap(old, bits); {
		old = b.min.Load()
	}
	for old := b.max.Load(); (old == 0 || v > extreme(old)) && !b.max.CompareAndSwap(old, bits); {
		old = b.max.Load()
	}
}

func extreme(bits uint64) float64 { return math.Float64frombits(bits - 1) }

func (b *values) bucket(v float64) *atomic.Uint32 {
	switch {
	case v > event.ZeroThreshold:
		return &b.positive[event.ValueBucket(v)]
	case v >= -event.ZeroThreshold:
		return &b.zero[0]
	}
	below := b.negative.Load()
	if below == nil {
		b.negative.CompareAndSwap(nil, new(sides))
		below = b.negative.Load()
	}
	return &below[event.ValueBucket(-v)]
}

// Pending reports whether there is anything to take a delta of.
func (m *Values) Pending() bool { return m.turns.Pending() || m.invalid.Load() > 0 }

// Delta returns what was measured since the Delta before it, and false if that
// is nothing.
func (m *Values) Delta(now time.Time) (event.Metric, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := event.Metric{Name: m.Name, Unit: m.Unit, WindowStart: m.next(now), WindowEnd: now, Invalid: m.invalid.Swap(0)}
	out.Values = &event.Distribution{Scale: event.Scale}
	if m.turns.Pending() {
		cold, n := m.swap(func(i int) uint64 { return m.banks[i].counted() })
		m.banks[cold].take(out.Values, n)
	}
	return out, out.Values.Count > 0 || out.Invalid > 0
}

func (b *values) counted() uint64 {
	n := total(b.zero[:]) + total(b.positive[:])
	if below := b.negative.Load(); below != nil {
		n += total(below[:])
	}
	return n
}

func (b *values) take(d *event.Distribution, n uint64) {
	d.Count, d.ZeroCount = n, uint64(b.zero[0].Swap(0))
	d.Sum = math.Float64frombits(b.sum.Swap(0))
	d.Min, d.Max = extreme(b.min.Swap(0)), extreme(b.max.Swap(0))
	d.Positive = side(b.positive[:])
	if below := b.negative.Load(); below != nil {
		d.Negative = side(below[:])
	}
}

func side(buckets []atomic.Uint32) (s event.Side) {
	offset, counts := drain(buckets, nil)
	if len(counts) > 0 {
		s = event.Side{Offset: offset + event.ValueOffset, BucketCounts: counts}
	}
	return s
}
