package sessions

import (
	"math"
	"os"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// A role that takes more than busyShare of one processor makes way for all others, until it wants less than calmShare: who makes way
// gets little where others are busy, and would be taken for calm by that. What counts is the recent past, which is shorter for who
// begins than for who is to be let back: of what was so long ago, a third.
const (
	busyShare  = 0.5
	busyMemory = 250 * time.Millisecond
	calmShare  = 0.25
	calmMemory = time.Second
)

// share is how much of one processor a role takes, and wants.
type share struct {
	took, wanted float64
	busy         bool
	at           time.Time
}

// add counts what the role took since the last time.
func (s *share) add(u use, now time.Time) {
	passed := now.Sub(s.at)
	if s.at.IsZero() || passed <= 0 {
		s.at = now
		return
	}
	s.took = decayed(s.took, u.ran, passed, busyMemory)
	s.wanted = decayed(s.wanted, u.ran+u.waited, passed, calmMemory)
	s.busy, s.at = s.took > busyShare || s.busy && s.wanted > calmShare, now
}

// decayed is a share after a time in which so much of a processor was had.
func decayed(share float64, had, passed, memory time.Duration) float64 {
	old := math.Exp(-passed.Seconds() / memory.Seconds())
	return share*old + had.Seconds()/passed.Seconds()*(1-old)
}

// turn is what a session's process was given; 0: nothing is known.
type turn int

const (
	ordinary turn = iota + 1
	makesWay
)

func (g *Guard) anyBusy() bool {
	for _, r := range g.roles {
		if r.share.busy {
			return true
		}
	}
	return false
}

// makeWay gives the processes of each role their turns by what it took of late.
func (g *Guard) makeWay(all []*session) {
	took := map[string]use{}
	for _, s := range all {
		took[s.Role] = took[s.Role].and(s.took)
		if g.roles[s.Role] == nil {
			g.roles[s.Role] = &role{}
		}
	}
	now := time.Now()
	for name, r := range g.roles {
		r.share.add(took[name], now)
		if _, there := took[name]; !there && !r.share.busy && now.Sub(r.said) > sayEvery {
			delete(g.roles, name)
		}
	}
	g.give(all)
}

// give gives the processes of sessions the turns of their roles.
func (g *Guard) give(all []*session) {
	var changed []*session
	for _, s := range all {
		want := ordinary
		if g.roles[s.Role].share.busy {
			want = makesWay
		}
		if s.turn == want || s.turn == 0 && want == ordinary && !s.Busy { // it was born so
			continue
		}
		if cwd, err := os.Readlink("/proc/" + strconv.Itoa(s.PID) + "/cwd"); err != nil || cwd != g.dir { // its number may have passed on
			continue
		}
		proc.MakeWay(s.PID, want == makesWay)
		s.turn = want
		changed = append(changed, s)
	}
	if g.Aside == nil {
		return
	}
	for _, s := range changed { // after the turns of all: the kernel takes its time to move the first
		if s.turn == makesWay {
			_ = g.Aside.Put(s.PID) // else it has ended, or keeps what its turn gives it
		} else if g.Aside.Has(s.PID) {
			_ = g.Aside.Back(s.PID, int(g.conn.PgConn().PID()))
		}
	}
}
