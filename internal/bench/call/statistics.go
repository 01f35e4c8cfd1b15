package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// quantile is the value of nearest rank.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// differences pairs the runs of one round, which met the same load.
func differences(from, to []float64) []float64 {
	d := make([]float64, len(from))
	for i := range d {
		d[i] = to[i] - from[i]
	}
	return d
}

// interval is the 95 % interval of the median by the percentile bootstrap
// (Efron, "Bootstrap Methods", Annals of Statistics 7, 1979).
func interval(values []float64, random *rand.Rand) (low, high float64) {
	const resamples = 2000
	medians, sample := make([]float64, resamples), make([]float64, len(values))
	for i := range medians {
		for j := range sample {
			sample[j] = values[random.IntN(len(values))]
		}
		medians[i] = quantile(sample, 0.5)
	}
	return quantile(medians, 0.025), quantile(medians, 0.975)
}
