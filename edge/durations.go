package edge

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// durationBounds are the upper bounds, in seconds, of histograms of durations.
var durationBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}

// durations is a histogram.
type durations struct {
	buckets  [len(durationBounds)]atomic.Int64
	sum      atomic.Int64 // nanoseconds
	observed atomic.Int64
}

func (d *durations) observe(took time.Duration) {
	d.sum.Add(int64(took))
	d.observed.Add(1)
	for i, bound := range durationBounds {
		if took.Seconds() <= bound {
			d.buckets[i].Add(1)
			return
		}
	}
}

func (d *durations) write(w io.Writer, name, help string) {
	family(w, name, "histogram", help)
	var below int64
	for i, bound := range durationBounds {
		below += d.buckets[i].Load()
		fmt.Fprintf(w, "%s_bucket{le=\"%g\"} %d\n", name, bound, below)
	}
	count := max(d.observed.Load(), below)
	fmt.Fprintf(w, "%s_bucket{le=\"+Inf\"} %d\n", name, count)
	fmt.Fprintf(w, "%s_sum %g\n%s_count %d\n", name, time.Duration(d.sum.Load()).Seconds(), name, count)
}
