package event

import (
	"errors"
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
	return bucketIndex(float64(int64(ns)))
}

// bucketIndex returns the bucket of a positive, normal number.
func bucketIndex(v float64) int {
	// A float64 is an exponent and a fraction already, and its bits are ordered
	// as the numbers are. Upper bounds are inclusive, so the bits just below
	// decide. Inv: 2^e < v <= 2^(e+1).
	below := math.Float64bits(v) - 1
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
	h.Offset, h.BucketCounts = addBuckets(h.Offset, h.BucketCounts, BucketIndex(ns), []uint64{1})
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
	h.Offset, h.BucketCounts = addBuckets(h.Offset, h.BucketCounts, other.Offset, other.BucketCounts)
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
	return sameCount(h.Count, []uint64{h.ZeroCount}, h.BucketCounts)
}

// sameCount reports whether the buckets hold count values.
func sameCount(count uint64, buckets ...[]uint64) error {
	var total uint64
	for _, counts := range buckets {
		for _, n := range counts {
			if total += n; total < n {
				return errors.New("histogram buckets overflow")
			}
		}
	}
	if total != count {
		return fmt.Errorf("histogram counts %d values but its buckets hold %d", count, total)
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
	rank := rankOf(q, h.Count)
	seen := h.ZeroCount
	if seen >= rank {
		return 0
	}
	for i, n := range h.BucketCounts {
		if seen += n; seen >= rank {
			return math.Min(middle(h.Offset+i), float64(h.Max))
		}
	}
	return float64(h.Max)
}

// rankOf is the rank, from 1, of the value at q among count values.
func rankOf(q float64, count uint64) uint64 {
	return max(1, uint64(math.Ceil(math.Min(math.Max(q, 0), 1)*float64(count))))
}

// middle is the geometric middle of bucket i.
func middle(i int) float64 { return math.Exp2((float64(i) + 0.5) / (1 << Scale)) }

// addBuckets adds what the buckets from at on count to those from offset on, and
// returns the sum. It changes counts if that is wide enough.
func addBuckets(offset int, counts []uint64, at int, more []uint64) (int, []uint64) {
	if len(more) == 0 {
		return offset, counts
	}
	if len(counts) == 0 {
		offset = at
	}
	first := min(at, offset)
	last := max(at+len(more), offset+len(counts))
	if first < offset || last > offset+len(counts) {
		wider := make([]uint64, last-first)
		copy(wider[offset-first:], counts)
		counts = wider
	}
	for i, n := range more {
		counts[at+i-first] += n
	}
	return first, counts
}
