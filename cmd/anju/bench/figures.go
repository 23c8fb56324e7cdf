package bench

import (
	"math"
	"slices"
	"time"
)

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// roundThousandths rounds to the third digit: what is behind it is noise.
func roundThousandths(v float64) float64 { return math.Round(v*1000) / 1000 }

// percentile of sorted durations, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)*p+99)/100-1].Microseconds()) / 1000
}
