package stats_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := stats.Quantile(values, q); got != want {
			t.Errorf("%g: want %g, got %g", q, want, got)
		}
	}
}

// The interval of many values from one distribution holds its median.
func TestInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	held := 0
	for range 50 {
		values := make([]float64, 100)
		for i := range values {
			values[i] = 7 + random.NormFloat64()
		}
		if low, high := stats.Interval(values, random); low <= 7 && 7 <= high {
			held++
		}
	}
	if held < 42 {
		t.Errorf("%d of 50 intervals hold the median, want about 47", held)
	}
}

func TestPairs(t *testing.T) {
	from, to := []float64{2, 0, 4}, []float64{3, 1, 4}
	if want, got := []float64{1, 1, 0}, stats.Differences(from, to); !slices.Equal(got, want) {
		t.Errorf("differences: want %v, got %v", want, got)
	}
	if want, got := []float64{1.5, 1}, stats.Ratios(from, to); !slices.Equal(got, want) {
		t.Errorf("ratios: want %v, got %v", want, got)
	}
}
