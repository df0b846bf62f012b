package bus

import (
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// peer is what an instance knows of another.
type peer struct {
	era  int64 // since when it tells what happens there without a break; 0: it doesn't
	last int64 // the number of the last of its batches that was received
}

// change is what follows from a look at who else is there.
type change struct {
	peers  map[id.ID]peer
	anyone bool // lives, whether it tells anything yet or not
	met    bool // somebody is to be introduced to
	renew  bool // something may have been missed
	gone   []id.ID
}

// decide compares those who were known, whose batches were received since, with what was read of all before that. A newborn has no clients yet who
// could have missed anything.
func decide(known map[id.ID]peer, rows []dbsql.PeersRow, newborn bool) change {
	c := change{peers: map[id.ID]peer{}}
	for _, r := range rows {
		before := known[r.ID]
		delete(known, r.ID)
		if !r.Live {
			c.renew = c.renew || lost(before, r)
			if before.era > 0 {
				c.gone = append(c.gone, r.ID)
			}
			continue
		}
		c.anyone = true
		now := peer{era: r.Era, last: max(before.last, r.Sent)}
		switch {
		case r.Era == 0:
			now.last = 0
		case before.era == r.Era:
			c.renew = c.renew || before.last < r.Sent // a batch is gone
		case newborn:
			c.met = true
		case r.FromBirth:
			c.met, now.last = true, 0 // and all of it can still be read
		default:
			c.met, c.renew = true, true
		}
		c.peers[r.ID] = now
	}
	for who, p := range known {
		if p.era > 0 {
			c.renew, c.gone = true, append(c.gone, who)
		}
	}
	return c
}

// lost says whether somebody who is no more has not told everything, or nobody has received it.
func lost(before peer, r dbsql.PeersRow) bool {
	return before.era > 0 && (!r.Ended || before.last < r.Sent)
}
