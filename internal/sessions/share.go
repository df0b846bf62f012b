package sessions

import (
	"math"
	"os"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// A role that takes more than busyShare of one processor makes way for all others, until it wants less than calmShare: who makes way
// gets little where others are busy, and would be taken for calm by that. What counts is the recent past: of what was memoryOf ago, a
// third.
const (
	busyShare = 0.5
	calmShare = 0.25
	memoryOf  = time.Second
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
	old := math.Exp(-passed.Seconds() / memoryOf.Seconds())
	s.took = s.took*old + u.ran.Seconds()/passed.Seconds()*(1-old)
	s.wanted = s.wanted*old + (u.ran+u.waited).Seconds()/passed.Seconds()*(1-old)
	s.busy, s.at = s.took > busyShare || s.busy && s.wanted > calmShare, now
}

// turn is what a session's process was given; 0: nothing is known.
type turn int

const (
	ordinary turn = iota + 1
	makesWay
)

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
	}
}
