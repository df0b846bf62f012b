package realtime

import (
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The presences that the protocol knows.
const (
	Online  = "online"
	Away    = "away"
	DND     = "dnd"
	Offline = "offline"
)

// awayAfter is how long a connected user may do nothing before others see them away.
const awayAfter = 5 * time.Minute

// toldEvery is how often, in milliseconds, other instances hear that somebody who is online does something.
const toldEvery = 60_000

// Board holds everybody's presence, in memory alone: after a restart clients come back and it fills again.
type Board struct {
	now   clock.Clock
	mu    sync.Mutex
	users map[id.ID]wire.Status
	from  map[id.ID]id.ID // the other instances that have told it last
	looks map[id.ID]Look
	apart map[id.ID]bool // who is connected nowhere, and known for what they chose; true: just from what was recalled
}

// Status is what others see of a user.
func (h *Hub) Status(user id.ID) wire.Status {
	b := &h.board
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status(user)
}

func (b *Board) status(user id.ID) wire.Status {
	s, ok := b.users[user]
	now := b.now()
	if !ok {
		return wire.Status{UserID: user, Status: Offline}
	}
	if s.Status == DND && s.DNDEndTime > 0 && s.DNDEndTime <= now.Unix() {
		if _, apart := b.apart[user]; apart {
			b.drop(user)
			return wire.Status{UserID: user, Status: Offline}
		}
		s.Status, s.Manual, s.DNDEndTime = Online, false, 0
		b.users[user] = s
	}
	if s.Status == Online && !s.Manual && now.UnixMilli()-s.LastActivityAt > awayAfter.Milliseconds() {
		s.Status = Away
	}
	return s
}

// SetStatus is a user's own word, which holds until they take it back.
func (h *Hub) SetStatus(user id.ID, status string, dndEnd int64) wire.Status {
	s := wire.Status{UserID: user, Status: status, Manual: status != Online, LastActivityAt: h.Now.Millis(), DNDEndTime: dndEnd}
	h.board.set(s, id.ID{})
	h.tell(Echo{Presence: &s})
	h.tellStatus(s)
	return s
}

// Recall is what somebody chose before this server was started.
func (h *Hub) Recall(s wire.Status) {
	h.board.mu.Lock()
	defer h.board.mu.Unlock()
	h.board.put(s, id.ID{})
	h.board.apart[s.UserID] = true
}

// Active notes that a user does something; a status that they chose themselves stays.
func (h *Hub) Active(user id.ID) {
	h.board.mu.Lock()
	before := h.board.status(user)
	after := before
	after.LastActivityAt = h.Now.Millis()
	if !before.Manual {
		after.Status = Online
	}
	h.board.put(after, id.ID{})
	h.board.mu.Unlock()
	if after.Status != before.Status || after.LastActivityAt/toldEvery != before.LastActivityAt/toldEvery {
		h.tell(Echo{Presence: &after})
	}
	if after.Status != before.Status {
		h.tellStatus(after)
	}
}

// Idle notes that a user's client says they are away from it.
func (h *Hub) Idle(user id.ID) {
	h.board.mu.Lock()
	s := h.board.status(user)
	changed := !s.Manual && s.Status == Online
	if changed {
		s.Status = Away
		s.LastActivityAt = h.Now.Millis() - awayAfter.Milliseconds() - 1
		h.board.put(s, id.ID{})
	}
	h.board.mu.Unlock()
	if changed {
		h.tell(Echo{Presence: &s})
		h.tellStatus(s)
	}
}

// gone notes that a user's last connection has ended. A status that they chose is remembered for their return.
func (h *Hub) gone(user id.ID) {
	if h.board.leave(user) {
		h.tellStatus(wire.Status{UserID: user, Status: Offline})
	}
	h.tell(Echo{Gone: user}) // after the event: who is still connected elsewhere contradicts it
}

// leave forgets a user, but for what they chose themselves.
func (b *Board) leave(user id.ID) (known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.looks, user)
	s, ok := b.users[user]
	if !ok {
		return false
	}
	if s.Manual {
		if _, apart := b.apart[user]; !apart {
			b.apart[user] = false
		}
		return false
	}
	b.drop(user)
	return true
}

// drop needs the lock.
func (b *Board) drop(user id.ID) {
	delete(b.users, user)
	delete(b.from, user)
	delete(b.apart, user)
}

func (b *Board) set(s wire.Status, from id.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put(s, from)
}

// put needs the lock.
func (b *Board) put(s wire.Status, from id.ID) {
	b.users[s.UserID] = s
	delete(b.apart, s.UserID)
	if from.IsZero() {
		delete(b.from, s.UserID)
	} else {
		b.from[s.UserID] = from
	}
}

func (b *Board) heardFrom(instance id.ID) (users []id.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for user, from := range b.from {
		if from == instance {
			users = append(users, user)
		}
	}
	return users
}

// all leaves out what was recalled: others have read that too, and know more by now.
func (b *Board) all() []wire.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]wire.Status, 0, len(b.users))
	for user := range b.users {
		if !b.apart[user] {
			list = append(list, b.status(user))
		}
	}
	return list
}

// tellStatus tells only the user's own clients; others ask for the users that they show.
func (h *Hub) tellStatus(s wire.Status) {
	h.Publish(Event{Name: StatusChange, Data: statusChange{Status: s.Status, UserID: s.UserID}, To: wire.Broadcast{UserID: s.UserID}})
}

type statusChange struct {
	Status string `json:"status"`
	UserID id.ID  `json:"user_id"`
}
