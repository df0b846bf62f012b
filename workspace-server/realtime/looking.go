package realtime

import (
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// lookFor is how long somebody is taken to look at a channel after they last did something: that long the original waits too.
const lookFor = 20 * time.Second

// Look is that somebody's client shows a channel; none where it says that it shows no channel any more.
type Look struct {
	User    id.ID `json:"user"`
	Channel id.ID `json:"channel,omitzero"`
	At      int64 `json:"at"`
}

// Looks notes what channel a user's client shows now.
func (h *Hub) Looks(user, channel id.ID) {
	look := Look{user, channel, h.Now.Millis()}
	if before := h.board.look(look); before.Channel != channel || look.At-before.At >= lookFor.Milliseconds()/2 {
		h.tell(Echo{Look: &look})
	}
}

// LooksAt reports whether a user sees what is posted in a channel as it comes.
func (h *Hub) LooksAt(user, channel id.ID) bool {
	b := &h.board
	b.mu.Lock()
	defer b.mu.Unlock()
	look, ok := b.looks[user]
	s := b.status(user)
	return ok && look.Channel == channel && s.Status == Online && h.Now.Millis()-max(look.At, s.LastActivityAt) <= lookFor.Milliseconds()
}

// look answers what they looked at before.
func (b *Board) look(l Look) (before Look) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before = b.looks[l.User]
	if l.Channel.IsZero() {
		delete(b.looks, l.User)
	} else {
		b.looks[l.User] = l
	}
	return before
}
