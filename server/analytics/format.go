package analytics

import (
	"fmt"
	"math"
	"strconv"
)

// Unknown is what stands where nothing is known.
const Unknown = "–"

// FormatRate writes a rate as a percentage with one decimal. It never rounds up
// to 100 % what is less: one failure in ten thousand has to show.
func FormatRate(rate *float64) string {
	if rate == nil {
		return Unknown
	}
	percent := math.Floor(*rate*1000+1e-9) / 10
	return strconv.FormatFloat(percent, 'f', 1, 64) + " %"
}

// FormatMS writes a number of milliseconds with about two digits, which is as
// exact as it is known, in the unit that people would use.
func FormatMS(ms *float64) string {
	if ms == nil {
		return Unknown
	}
	switch v := *ms; {
	case v < 0.001:
		return short(v*1e6) + " ns"
	case v < 1:
		return short(v*1e3) + " µs"
	case v < 1e3:
		return short(v) + " ms"
	case v < 120e3:
		return short(v/1e3) + " s"
	case v < 120*60e3:
		return short(v/60e3) + " min"
	default:
		return short(v/3600e3) + " h"
	}
}

func short(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
