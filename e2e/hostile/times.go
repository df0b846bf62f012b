package hostile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// times are how long requests took, by what they were for.
type times map[string][]time.Duration

func (a times) and(b times) times {
	sum := times{}
	for _, t := range []times{a, b} {
		for kind, took := range t {
			sum[kind] = append(sum[kind], took...)
		}
	}
	return sum
}

// p99 is that of all, in milliseconds, and of how many.
func (a times) p99() (ms float64, n int) {
	var all []time.Duration
	for _, took := range a {
		all = append(all, took...)
	}
	return percentile(all).Seconds() * 1000, len(all)
}

// against says how many times slower the slowest hundredth was than the slowest hundredth of its own kind in quiet: a
// sign-in takes ten times as long as a page anyway, and would else be all that counts.
func (a times) against(quiet times) float64 {
	var slower []float64
	for kind, took := range a {
		usual := percentile(quiet[kind])
		for _, t := range took {
			slower = append(slower, t.Seconds()/usual.Seconds())
		}
	}
	return percentile(slower)
}

// told is the 99th percentile of each kind, and that of quiet.
func (a times) told(quiet times) string {
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(a)) {
		lines = append(lines, fmt.Sprintf("%s %.1f ms of %d, quiet %.1f ms", kind, percentile(a[kind]).Seconds()*1000, len(a[kind]), percentile(quiet[kind]).Seconds()*1000))
	}
	return strings.Join(lines, "; ")
}

// percentile is the 99th.
func percentile[T time.Duration | float64](all []T) T {
	slices.Sort(all)
	return all[len(all)*99/100]
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// row prints a figure for whoever collects them.
func row(name string, value float64, unit string, n int) {
	b, _ := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit, "n": n})
	fmt.Println(string(b))
}
