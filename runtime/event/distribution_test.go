package event

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// anyValue is a value of any order of magnitude, of either sign.
func anyValue(r *rand.Rand) float64 {
	v := math.Exp2(r.Float64()*120 - 50)
	switch r.IntN(5) {
	case 0:
		return 0
	case 1:
		return -v
	default:
		return v
	}
}

// A value lies within the bounds of its bucket, and a power of the base in the
// bucket that it is the upper bound of.
func TestValueBucket(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		v := math.Exp2(r.Float64()*96 - 32)
		i := ValueBucket(v) + ValueOffset
		low, high := math.Exp2(float64(i)/8), math.Exp2(float64(i+1)/8)
		if v > high*(1+1e-12) || v <= low*(1-1e-12) {
			t.Fatalf("%g is in bucket %d, (%g, %g]", v, i, low, high)
		}
	}
	for v, want := range map[float64]int{
		math.Nextafter(ZeroThreshold, 1): 0, MaxValue: ValueBuckets - 1, 1: -ValueOffset - 1, math.Nextafter(1, 2): -ValueOffset, 2: -ValueOffset + 7,
	} {
		if got := ValueBucket(v); got != want {
			t.Errorf("%g: want bucket %d, got %d", v, want, got)
		}
	}
}

// Quantiles are within 4.5 % of those of the sorted values, on both sides of zero,
// and two halves merge to the whole.
func TestDistribution(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var whole, a, b Distribution
	var values []float64
	for i := range 5000 {
		v := anyValue(r)
		whole.Add(v)
		if i%3 == 0 {
			a.Add(v)
		} else {
			b.Add(v)
		}
		values = append(values, Clamp(v))
	}
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, a, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("merged is not the whole:\n%s", diff)
	}
	slices.Sort(values)
	if whole.Min != values[0] || whole.Max != values[4999] || whole.Count != 5000 {
		t.Errorf("min %g, max %g, count %d of %g to %g", whole.Min, whole.Max, whole.Count, values[0], values[4999])
	}
	for _, q := range []float64{0, 0.01, 0.1, 0.2, 0.25, 0.4, 0.5, 0.9, 0.999, 1} {
		want := values[max(0, int(math.Ceil(q*5000))-1)]
		got := whole.Quantile(q)
		if math.Abs(want) <= ZeroThreshold {
			want = 0
		}
		if math.Abs(got-want) > 0.045*math.Abs(want) {
			t.Errorf("quantile %g: want %g within 4.5 %%, got %g", q, want, got)
		}
	}
	if got := (Distribution{}).Quantile(0.5); got != 0 {
		t.Errorf("of nothing: %g", got)
	}
}

func TestDistributionCheck(t *testing.T) {
	ones := func(n int) []uint64 { return slices.Repeat([]uint64{1}, n) }
	for name, d := range map[string]Distribution{
		"another scale":    {Scale: 2},
		"beyond the last":  {Scale: Scale, Count: 2, Max: 1, Positive: Side{ValueOffset + ValueBuckets - 1, ones(2)}},
		"below the first":  {Scale: Scale, Count: 1, Max: 1, Negative: Side{ValueOffset - 1, ones(1)}},
		"too few counted":  {Scale: Scale, Count: 3, Max: 1, Positive: Side{0, ones(1)}},
		"an overflow":      {Scale: Scale, Count: 0, Positive: Side{0, []uint64{math.MaxUint64, 1}}},
		"upside down":      {Scale: Scale, Count: 1, Min: 2, Max: 1, ZeroCount: 1},
		"too large":        {Scale: Scale, Count: 1, Max: 1e20, ZeroCount: 1},
		"an endless sum":   {Scale: Scale, Count: 1, Sum: 1e300, ZeroCount: 1},
		"a sum of nothing": {Scale: Scale, Sum: 1},
	} {
		if err := d.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := new(Distribution).Merge(d); err == nil {
			t.Errorf("%s: merged", name)
		}
	}
}

func TestAppendMetricReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	window := Metric{Name: "x", Unit: "By", WindowStart: noon, WindowEnd: noon.Add(time.Second)}
	counted, measured, invalid := window, window, window
	counted.Total, counted.Invalid = MaxTotal, 2
	measured.Values = new(Distribution)
	for range 100 {
		measured.Values.Add(anyValue(r))
	}
	invalid.Values, invalid.Invalid = &Distribution{Scale: Scale}, 3
	for _, want := range []Metric{counted, measured, invalid} {
		text := AppendMetric(nil, want)
		var got Metric
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		said, err := json.Marshal(want)
		var a, b any
		if json.Unmarshal(text, &a) != nil || err != nil || json.Unmarshal(said, &b) != nil || !cmp.Equal(a, b) {
			t.Errorf("encoding/json says something else: %v\n%s\n%s", err, said, text)
		}
	}
}
