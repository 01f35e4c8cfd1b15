package event

import (
	"fmt"
	"math"
)

// Scale is the resolution of every histogram that this package makes: the base
// of its buckets is 2^(2^-Scale) = 1.0905, so that a quantile read from it is
// within 4.5 % of the truth.
const Scale = 3

// Buckets is how many buckets cover the durations that [BucketIndex] tells
// apart: one nanosecond to 2^42 ns (73 minutes).
const Buckets = maxExponent << Scale

const maxExponent = 42

// Histogram is an exponential histogram as OpenTelemetry defines it (metrics
// data model, "ExponentialHistogram"): bucket i counts the values in
// (base^i, base^(i+1)], base = 2^(2^-Scale). Two of them add up without loss.
type Histogram struct {
	Scale     int    `json:"scale"`
	Count     uint64 `json:"count"`
	Sum       uint64 `json:"sum"`
	Max       uint64 `json:"max"`
	ZeroCount uint64 `json:"zero_count,omitempty"`
	// Offset is the index of the first element of BucketCounts.
	Offset       int      `json:"offset,omitempty"`
	BucketCounts []uint64 `json:"bucket_counts,omitempty"`
}

// BucketIndex returns the bucket, in [0, Buckets), of a duration of ns
// nanoseconds. Zero counts as one nanosecond, which no clock tells apart from
// it; what is longer than the last bucket belongs to the last.
func BucketIndex(ns uint64) int {
	if ns <= 1 {
		return 0
	}
	if ns > 1<<maxExponent {
		return Buckets - 1
	}
	// A float64 is an exponent and a fraction already, and its bits are ordered
	// as the numbers are. Upper bounds are inclusive, so the bits just below
	// decide. Inv: 2^e < ns <= 2^(e+1).
	below := math.Float64bits(float64(int64(ns))) - 1
	e, fraction := int(below>>fractionBits)-exponentBias, below&(1<<fractionBits-1)
	// A sixteenth of a power of two holds at most one bound.
	sub := int(passed[fraction>>(fractionBits-4)])
	if fraction >= bounds[sub] {
		sub++
	}
	return e<<Scale + sub
}

// Of IEEE 754's binary64.
const (
	fractionBits = 52
	exponentBias = 1023
)

// bounds holds the fractions of 2^(k/8) for k = 1..7, the upper bounds within
// one power of two, and what no fraction reaches.
var bounds = [1 << Scale]uint64{
	0x172b83c7d517b, 0x306fe0a31b715, 0x4bfdad5362a27, 0x6a09e667f3bcd,
	0x8ace5422aa0db, 0xae89f995ad3ad, 0xd5818dcfba487, 1 << fractionBits,
}

// passed tells how many bounds lie at or below k sixteenths.
var passed = [16]uint8{0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7}

// Add counts one value of ns nanoseconds. The histogram must have this
// package's Scale, or be the zero value.
func (h *Histogram) Add(ns uint64) {
	h.Scale = Scale
	h.Count++
	h.Sum += ns
	h.Max = max(h.Max, ns)
	i := BucketIndex(ns)
	h.span(i, i)
	h.BucketCounts[i-h.Offset]++
}

// Merge adds what other counted. Histograms of another scale are refused: the
// caller names the event.
func (h *Histogram) Merge(other Histogram) error {
	if err := other.Check(); err != nil {
		return err
	}
	h.Scale = Scale
	h.Count += other.Count
	h.Sum += other.Sum
	h.Max = max(h.Max, other.Max)
	h.ZeroCount += other.ZeroCount
	if len(other.BucketCounts) > 0 {
		h.span(other.Offset, other.Offset+len(other.BucketCounts)-1)
	}
	for i, n := range other.BucketCounts {
		h.BucketCounts[other.Offset+i-h.Offset] += n
	}
	return nil
}

// Check reports whether the histogram can be merged: this package's scale,
// buckets within range, and counts that add up.
func (h Histogram) Check() error {
	if h.Scale != Scale {
		return fmt.Errorf("histogram of scale %d: this version reads scale %d", h.Scale, Scale)
	}
	if h.Offset < 0 || h.Offset+len(h.BucketCounts) > Buckets || h.Offset > Buckets {
		return fmt.Errorf("histogram buckets %d to %d: must lie within 0 to %d",
			h.Offset, h.Offset+len(h.BucketCounts), Buckets)
	}
	total := h.ZeroCount
	for _, n := range h.BucketCounts {
		if total += n; total < n {
			return fmt.Errorf("histogram buckets overflow")
		}
	}
	if total != h.Count {
		return fmt.Errorf("histogram counts %d values but its buckets hold %d", h.Count, total)
	}
	return nil
}

// Quantile returns the value, in nanoseconds, below which the share q (0 to 1)
// of the values lies: the geometric middle of the bucket that holds the value
// of rank ceil(q·Count) (nearest rank), never more than Max. Zero if empty.
func (h Histogram) Quantile(q float64) float64 {
	if h.Count == 0 {
		return 0
	}
	rank := uint64(math.Ceil(math.Min(math.Max(q, 0), 1) * float64(h.Count)))
	rank = max(rank, 1)
	seen := h.ZeroCount
	if seen >= rank {
		return 0
	}
	for i, n := range h.BucketCounts {
		if seen += n; seen >= rank {
			middle := math.Exp2((float64(h.Offset+i) + 0.5) / (1 << Scale))
			return math.Min(middle, float64(h.Max))
		}
	}
	return float64(h.Max)
}

// span widens BucketCounts so that it holds the buckets from lo to hi.
func (h *Histogram) span(lo, hi int) {
	if len(h.BucketCounts) == 0 {
		h.Offset, h.BucketCounts = lo, make([]uint64, hi-lo+1)
		return
	}
	first := min(lo, h.Offset)
	last := max(hi, h.Offset+len(h.BucketCounts)-1)
	if first == h.Offset && last < h.Offset+len(h.BucketCounts) {
		return
	}
	wider := make([]uint64, last-first+1)
	copy(wider[h.Offset-first:], h.BucketCounts)
	h.Offset, h.BucketCounts = first, wider
}
