package main

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := quantile(values, q); got != want {
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
		if low, high := interval(values, random); low <= 7 && 7 <= high {
			held++
		}
	}
	if held < 42 {
		t.Errorf("%d of 50 intervals hold the median, want about 47", held)
	}
}

// A few rounds, from building to the table.
func TestMeasure(t *testing.T) {
	var out, progress strings.Builder
	if code := run([]string{"-n", "3"}, &out, &progress); code != 0 {
		t.Fatalf("exit code %d: %s", code, progress.String())
	}
	for _, want := range []string{"bare", "linked", "off", "recording over linked"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if code := run([]string{"-n", "1"}, &out, &progress); code != 2 {
		t.Errorf("-n 1: exit code %d, want 2", code)
	}
}
