// Package stats says what repeated measurements say: medians, what one way costs
// over another, and between which values that lies.
//
// In come the measurements of two ways, one of each a round; out go quantiles,
// and 95 % intervals of paired differences and ratios. Pairing takes out what a
// round met as a whole: a busy machine, a cold cache.
package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Quantile is the value of nearest rank.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// Differences pairs the runs of one round, which met the same load.
func Differences(from, to []float64) []float64 {
	d := make([]float64, len(from))
	for i := range d {
		d[i] = to[i] - from[i]
	}
	return d
}

// Ratios pairs them, too. What took no time at all gives no ratio.
func Ratios(from, to []float64) []float64 {
	r := make([]float64, 0, len(from))
	for i := range from {
		if from[i] > 0 {
			r = append(r, to[i]/from[i])
		}
	}
	return r
}

// Interval is the 95 % interval of the median by the percentile bootstrap
// (Efron, "Bootstrap Methods", Annals of Statistics 7, 1979).
func Interval(values []float64, random *rand.Rand) (low, high float64) {
	const resamples = 2000
	medians, sample := make([]float64, resamples), make([]float64, len(values))
	for i := range medians {
		for j := range sample {
			sample[j] = values[random.IntN(len(values))]
		}
		medians[i] = Quantile(sample, 0.5)
	}
	return Quantile(medians, 0.025), Quantile(medians, 0.975)
}
