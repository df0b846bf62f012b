package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func memoryBounded(t *testing.T, s Subject) {
	exhausts(t, s, workload.Limits{MemoryBytes: 192 << 20}, "memory", 2<<30, "memory")
}

func diskBounded(t *testing.T, s Subject) {
	exhausts(t, s, workload.Limits{DiskBytes: 64 << 20}, "disk", 8<<30, "disk")
}

// exhausts has an instance take what it can until that is refused or its end, of which LastExit then names the cause.
func exhausts(t *testing.T, s Subject, l workload.Limits, name string, most int64, cause string) {
	t.Helper()
	if !s.Holds(name, false) {
		return
	}
	d, neighbour := s.Desired(t), s.Desired(t)
	d.Limits = l
	apply(t, s, neighbour)
	apply(t, s, d)
	before := serving(t, s, neighbour)
	if tries, refused := attacks(t, s, serving(t, s, d), name, attack.Aim{Most: most}); refused {
		if tries[0].Through {
			t.Errorf("it got as much as it wanted: %s", tries[0].Got)
		}
	} else {
		o := until(t, s, d.ID, "an end that says why", func(o workload.Observed) bool { return o.LastExit != "" })
		if !strings.Contains(o.LastExit, cause) {
			t.Errorf("it is said to have ended so: %s", o.LastExit)
		}
		if o.Ending != workload.EndingOutOfMemory && o.Ending != workload.EndingBeyondALimit {
			t.Errorf("its ending is %q", o.Ending)
		}
		serving(t, s, d)
	}
	if after := serving(t, s, neighbour); after != before {
		t.Errorf("the neighbour was %+v\nand is %+v", before, after)
	}
}

func processesBounded(t *testing.T, s Subject) {
	if !s.Holds("fork", false) {
		return
	}
	d, neighbour := s.Desired(t), s.Desired(t)
	d.Limits.PIDs, neighbour.Limits.PIDs = 64, 64
	apply(t, s, neighbour)
	apply(t, s, d)
	before := serving(t, s, neighbour)
	tries, answered := attacks(t, s, serving(t, s, d), "fork", attack.Aim{Most: 1000})
	if answered && tries[0].Through {
		t.Errorf("it made as many as it wanted: %s", tries[0].Got)
	}
	if after := serving(t, s, neighbour); after != before {
		t.Errorf("the neighbour was %+v\nand is %+v", before, after)
	}
}

// serveProcessor says for how many milliseconds all of its threads together have had a processor.
func serveProcessor(w http.ResponseWriter, _ *http.Request) {
	var had unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &had); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, had.Nano()/int64(time.Millisecond))
}

func processorTime(t *testing.T, s Subject, o workload.Observed) time.Duration {
	t.Helper()
	text := get(t, s, o, "/processor")
	ms, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("the instance says of its processor time: %q", text)
	}
	return time.Duration(ms) * time.Millisecond
}

// cpuBounded allows half as much again as the limit, as periods begin and end when they like. A busy machine gives an instance
// less and makes no difference.
func cpuBounded(t *testing.T, s Subject) {
	if !s.Holds("spin", false) {
		return
	}
	d := s.Desired(t)
	d.Limits.CPUPercent = 10
	apply(t, s, d)
	o := serving(t, s, d)
	before, began := processorTime(t, s, o), time.Now()
	if _, answered := attacks(t, s, o, "spin", attack.Aim{Most: 2000}); !answered {
		t.Fatal("it was ended, where it is to be slowed down")
	}
	had, of := processorTime(t, s, o)-before, time.Since(began)
	if most := of * 10 / 100 * 3 / 2; had > most {
		t.Errorf("in %s it had %s of a processor, its limit is 10 %% of one", of, had)
	}
	if after := serving(t, s, d); after != o {
		t.Errorf("it was %+v\nand is %+v", o, after)
	}
}

// logBounded has an instance say twice as much as is ever kept.
func logBounded(t *testing.T, s Subject) {
	if !s.Holds("log", false) {
		return
	}
	const said = 160 << 20
	d := s.Desired(t)
	apply(t, s, d)
	o := serving(t, s, d)
	attacks(t, s, o, "log", attack.Aim{Most: said})
	until(t, s, d.ID, "a log that is short again", func(workload.Observed) bool { return s.LogBytes(t, d.ID) < said/2 })
	if after := serving(t, s, d); after != o {
		t.Errorf("it was %+v\nand is %+v", o, after)
	}
}
