package realtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// JoinedChannel makes a connected user hear the channel from now on. Call it after the commit and before the event.
func (h *Hub) JoinedChannel(channel id.ID, users ...id.ID) {
	h.moved(Move{Channel: channel, Users: users})
}

// LeftChannel makes a user deaf to the channel. Call it after the event that they should still hear.
func (h *Hub) LeftChannel(channel id.ID, users ...id.ID) {
	h.moved(Move{Channel: channel, Left: true, Users: users})
}

// JoinedTeam makes a connected user hear the team from now on.
func (h *Hub) JoinedTeam(team id.ID, users ...id.ID) { h.moved(Move{Team: team, Users: users}) }

// LeftTeam makes a user deaf to the team.
func (h *Hub) LeftTeam(team id.ID, users ...id.ID) {
	h.moved(Move{Team: team, Left: true, Users: users})
}

// Turned makes a user hear what a guest does, or a member.
func (h *Hub) Turned(user id.ID, guest bool) {
	h.moved(Move{Guest: &guest, Users: []id.ID{user}})
}

func (h *Hub) moved(m Move) {
	h.move(m)
	h.tell(Echo{Move: &m})
}

func (h *Hub) move(m Move) {
	h.change(m.Users, func(p *person) { h.place(p, m) })
}

// place needs the lock.
func (h *Hub) place(p *person, m Move) {
	if !m.Channel.IsZero() {
		h.channels.place(p, p.channels, m.Channel, m.Left)
	}
	if !m.Team.IsZero() {
		h.teams.place(p, p.teams, m.Team, m.Left)
	}
	if m.Guest != nil {
		p.guest = *m.Guest
	}
}

func (a audience) place(p *person, rooms map[id.ID]struct{}, room id.ID, left bool) {
	if left {
		delete(rooms, room)
		a.remove(room, p.user)
		return
	}
	rooms[room] = struct{}{}
	a.add(room, p)
}

// change applies a change of rooms, or keeps it until the rooms are known: what is read from the database may be older.
func (h *Hub) change(users []id.ID, apply func(*person)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, user := range users {
		p := h.people[user]
		if p == nil {
			continue
		}
		select {
		case <-p.loading:
			apply(p)
		default:
			p.missed = append(p.missed, func() { apply(p) })
		}
	}
}

// moveElsewhere is a move that was made at another instance. One that was made here since may have come before it, so what the database says
// counts, and is read until nothing has changed meanwhile. Where it can't be read nobody hears what they may not, and has to begin anew.
func (h *Hub) moveElsewhere(ctx context.Context, m Move) error {
	h.move(m)
	ctx, cancel := context.WithTimeout(ctx, placeWithin)
	defer cancel()
	if m.Guest != nil {
		return h.turnedElsewhere(ctx, m.Users)
	}
	for m.Users = h.here(m.Users); len(m.Users) > 0; m.Users = h.here(m.Users) {
		in, err := h.whoIsIn(ctx, m)
		if err != nil {
			m.Left = true
			h.move(m)
			return fmt.Errorf("read where users are: %w", err)
		}
		m.Users = h.misplaced(m, in)
	}
	return nil
}

// placeWithin is how long whoever receives what others tell waits to learn where users are.
const placeWithin = 5 * time.Second

// here are those of the users who are connected here.
func (h *Hub) here(users []id.ID) []id.ID {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(users), func(user id.ID) bool { return h.people[user] == nil })
}

// whoIsIn asks once all that was read before is in its place.
func (h *Hub) whoIsIn(ctx context.Context, m Move) ([]id.ID, error) {
	for _, user := range m.Users {
		h.mu.RLock()
		p := h.people[user]
		h.mu.RUnlock()
		if p == nil {
			continue
		}
		select {
		case <-p.loading:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return h.WhoIsIn(ctx, m)
}

// misplaced puts the users of a move where they are, and answers those who were not there.
func (h *Hub) misplaced(m Move, in []id.ID) (wrong []id.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, user := range m.Users {
		p := h.people[user]
		if p == nil {
			continue
		}
		select {
		case <-p.loading:
		default: // they have come back just now
			wrong = append(wrong, user)
			continue
		}
		_, hearsChannel := p.channels[m.Channel]
		_, hearsTeam := p.teams[m.Team]
		if isIn := slices.Contains(in, user); isIn != (hearsChannel || hearsTeam) {
			h.place(p, Move{Channel: m.Channel, Team: m.Team, Left: !isIn})
			wrong = append(wrong, user)
		}
	}
	return wrong
}

// turnedElsewhere is moveElsewhere for users who became guests, or are none any more. One of whom that can't be read counts as a guest.
func (h *Hub) turnedElsewhere(ctx context.Context, users []id.ID) error {
	for _, user := range h.here(users) {
		for wrong := true; wrong; {
			rooms, err := h.RoomsOf(ctx, user)
			rooms.Guest = rooms.Guest || err != nil
			wrong = false
			h.change([]id.ID{user}, func(p *person) { wrong, p.guest = p.guest != rooms.Guest, rooms.Guest })
			if err != nil {
				return fmt.Errorf("read whether a user is a guest: %w", err)
			}
		}
	}
	return nil
}
