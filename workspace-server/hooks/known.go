package hooks

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// freshFor is how long what is known of outgoing hooks is believed: another instance may change them, while one release follows another.
const freshFor = 10 * time.Second

// known are the outgoing hooks, so that a post that none is told of costs no query.
type known struct {
	mu   sync.Mutex // held while they are read, and forgotten
	list atomic.Pointer[snapshot]
}

// snapshot is how they were.
type snapshot struct {
	at     time.Time
	byTeam map[id.ID][]dbsql.OutgoingHook
}

func (s *snapshot) fresh(now time.Time) bool { return s != nil && now.Sub(s.at).Abs() < freshFor }

// forget has them read again. What is being read now may be from before.
func (b *Book) forget() {
	b.known.mu.Lock()
	defer b.known.mu.Unlock()
	b.known.list.Store(nil)
}

// read gives the outgoing hooks of a team as they are, or were a moment ago.
func (b *Book) read(ctx context.Context, team id.ID) ([]dbsql.OutgoingHook, error) {
	if s := b.known.list.Load(); s.fresh(b.Now()) {
		return s.byTeam[team], nil
	}
	b.known.mu.Lock()
	defer b.known.mu.Unlock()
	if s := b.known.list.Load(); s.fresh(b.Now()) {
		return s.byTeam[team], nil
	}
	s := &snapshot{at: b.Now(), byTeam: map[id.ID][]dbsql.OutgoingHook{}}
	rows, err := b.DB.AllOutgoingHooks(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range rows {
		s.byTeam[h.TeamID] = append(s.byTeam[h.TeamID], h)
	}
	b.known.list.Store(s)
	return s.byTeam[team], nil
}
