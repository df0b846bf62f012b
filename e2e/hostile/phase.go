package hostile

import (
	"flag"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/attack"
)

// What a machine that does nothing else is measured by. On any other a ratio says more of the others than of us.
var (
	most   = flag.Float64("hostile.most", 0, "how many times slower neighbours may become in any phase; 0: as it comes")
	rounds = flag.Int("hostile.rounds", 1, "how many times each phase is measured: what counts is the median")
	lasts  = flag.Duration("hostile.for", 2*time.Second, "how long a phase, and the quiet between two, last at least")
)

// phase is an attack, or some, again and again while the neighbours work.
type phase struct {
	name    string
	attacks []string
	most    int64
}

// phases are all attacks but those on connections, which have a test of their own.
var phases = []phase{
	{name: "files", attacks: []string{"read", "write", "link"}},
	{name: "processes", attacks: []string{"proc", "signal", "trace"}},
	{name: "sockets", attacks: []string{"connect", "dial", "abstract", "socket", "reach"}},
	{name: "ports", attacks: []string{"listen"}},
	{name: "calls", attacks: []string{"namespace", "call", "run"}},
	{"spin", []string{"spin"}, 2000},
	{"log", []string{"log"}, 512 << 20},
	{"fork", []string{"fork"}, 5000},
	{"disk", []string{"disk"}, 16 << 30},
	{"memory", []string{"memory"}, 8 << 30},
	{"sqlspin", []string{"sqlspin"}, 2000},
	{"sqlmemory", []string{"sqlmemory"}, 0},
	{"sqltemp", []string{"sqltemp"}, 0},
	{"sqllocks", []string{"sqllocks"}, 50_000},
}

// exhausts: the phase takes what it can, and may be the attacker's end. The others reach for what is others'.
func (p phase) exhausts() bool {
	for _, name := range attack.Exhaustions {
		if p.attacks[0] == name {
			return true
		}
	}
	return false
}

// run makes the phase's attacks while the others work.
func (p phase) run(t *testing.T, it instance, others *neighbours, aim attack.Aim, count *tally) times {
	over := make(chan struct{})
	go func() {
		defer close(over)
		for began := time.Now(); time.Since(began) < *lasts; {
			for _, name := range p.attacks {
				if p.exhausts() {
					exhaust(t, it, name, attack.Aim{Most: p.most, Source: aim.Source})
				} else {
					intrude(t, it, name, aim, count)
				}
			}
		}
	}()
	took, err := others.work(t.Context(), over)
	if err != nil {
		t.Errorf("a neighbour got an error: %v", err)
	}
	return took
}
