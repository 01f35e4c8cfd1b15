package event

import (
	"fmt"
	"math"
	"slices"
)

// What a [Distribution] tells apart. Units are chosen by people, so the range is
// wide: from a nanosecond in seconds to an exabyte in bytes and more.
const (
	// ZeroThreshold is the largest value that counts as zero, 2^-32 (OpenTelemetry's
	// "zero_threshold").
	ZeroThreshold = 1.0 / (1 << 32)
	// MaxValue is the largest value, 2^64.
	MaxValue = 1 << 64
	// ValueOffset is the index of the first bucket above ZeroThreshold,
	// ValueBuckets how many there are up to MaxValue.
	ValueOffset  = -32 << Scale
	ValueBuckets = (32 + 64) << Scale
)

// Distribution is how measured values spread: an exponential histogram as
// OpenTelemetry defines it (metrics data model, "ExponentialHistogram"), with
// buckets as in [Histogram]. Two of them add up without loss, but for the last
// digits of Sum.
type Distribution struct {
	Scale int    `json:"scale"`
	Count uint64 `json:"count"`
	// Sum, Min and Max are exact, in the metric's unit; zero if Count is.
	Sum float64 `json:"sum"`
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// ZeroCount counts the values from -ZeroThreshold to ZeroThreshold.
	ZeroCount uint64 `json:"zero_count,omitempty"`
	Positive  Side   `json:"positive,omitzero"`
	Negative  Side   `json:"negative,omitzero"` // by absolute value
}

// Side is one half of a [Distribution]: the values above zero, or those below.
type Side struct {
	// Offset is the index of the first element of BucketCounts: bucket i counts
	// the values in (base^i, base^(i+1)], base = 2^(2^-Scale). It is negative for
	// values of at most 1.
	Offset       int      `json:"offset"`
	BucketCounts []uint64 `json:"bucket_counts"`
}

// IsZero is for encoding/json's omitzero.
func (s Side) IsZero() bool { return len(s.BucketCounts) == 0 }

// Clamp brings a finite value within MaxValue.
func Clamp(v float64) float64 { return min(max(v, -MaxValue), MaxValue) }

// ValueBucket returns which of the ValueBuckets counts v, in [0, ValueBuckets).
// v must be above ZeroThreshold and at most MaxValue.
func ValueBucket(v float64) int { return bucketIndex(v) - ValueOffset }

// Add counts one finite value; beyond MaxValue, on either side, it counts as that.
func (d *Distribution) Add(v float64) {
	v = Clamp(v)
	one := Distribution{Scale: Scale, Count: 1, Sum: v, Min: v, Max: v}
	switch {
	case v > ZeroThreshold:
		one.Positive = Side{bucketIndex(v), []uint64{1}}
	case v < -ZeroThreshold:
		one.Negative = Side{bucketIndex(-v), []uint64{1}}
	default:
		one.ZeroCount = 1
	}
	d.merge(one)
}

// Merge adds what other counted. Distributions that [Distribution.Check] refuses
// are refused: the caller names the event.
func (d *Distribution) Merge(other Distribution) error {
	if err := other.Check(); err != nil {
		return err
	}
	d.merge(other)
	return nil
}

func (d *Distribution) merge(other Distribution) {
	d.Scale = Scale
	switch {
	case other.Count == 0:
		return
	case d.Count == 0:
		d.Min, d.Max = other.Min, other.Max
	default:
		d.Min, d.Max = min(d.Min, other.Min), max(d.Max, other.Max)
	}
	d.Count += other.Count
	d.Sum += other.Sum
	d.ZeroCount += other.ZeroCount
	d.Positive.merge(other.Positive)
	d.Negative.merge(other.Negative)
}

func (s *Side) merge(other Side) {
	s.Offset, s.BucketCounts = addBuckets(s.Offset, s.BucketCounts, other.Offset, other.BucketCounts)
}

// Check reports whether the distribution can be merged: this package's scale,
// buckets within range, counts that add up, and numbers that the values within
// the range can have.
func (d Distribution) Check() error {
	switch {
	case d.Scale != Scale:
		return fmt.Errorf("histogram of scale %d: this version reads scale %d", d.Scale, Scale)
	case d.Min > d.Max || d.Min < -MaxValue || d.Max > MaxValue:
		return fmt.Errorf("histogram from %g to %g: must lie within -2^64 to 2^64", d.Min, d.Max)
	case math.Abs(d.Sum) > MaxValue*float64(d.Count):
		return fmt.Errorf("histogram of %d values with the sum %g: no values of at most 2^64 have that", d.Count, d.Sum)
	}
	for _, s := range []Side{d.Positive, d.Negative} {
		if s.Offset < ValueOffset && len(s.BucketCounts) > 0 || s.Offset > ValueOffset+ValueBuckets-len(s.BucketCounts) {
			return fmt.Errorf("histogram buckets %d and %d more: must lie within %d to %d",
				s.Offset, len(s.BucketCounts), ValueOffset, ValueOffset+ValueBuckets)
		}
	}
	return sameCount(d.Count, []uint64{d.ZeroCount}, d.Positive.BucketCounts, d.Negative.BucketCounts)
}

// Quantile returns the value below which the share q (0 to 1) of the values lies,
// as [Histogram.Quantile] does, and never outside of Min and Max. Zero if empty.
func (d Distribution) Quantile(q float64) float64 {
	if d.Count == 0 {
		return 0
	}
	rank := rankOf(q, d.Count)
	for i, n := range slices.Backward(d.Negative.BucketCounts) {
		if rank <= n {
			return max(-middle(d.Negative.Offset+i), d.Min)
		}
		rank -= n
	}
	if rank <= d.ZeroCount {
		return min(max(0, d.Min), d.Max)
	}
	rank -= d.ZeroCount
	for i, n := range d.Positive.BucketCounts {
		if rank <= n {
			return min(max(middle(d.Positive.Offset+i), d.Min), d.Max)
		}
		rank -= n
	}
	return d.Max
}
