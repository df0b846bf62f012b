package realtime

import (
	"context"
	"slices"

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
// counts, and is read until nothing has changed meanwhile.
func (h *Hub) moveElsewhere(m Move) {
	h.move(m)
	ctx, cancel := context.WithTimeout(context.Background(), writePatience)
	defer cancel()
	for _, user := range m.Users {
		for h.placedWrongly(ctx, user, m) {
		}
	}
}

// placedWrongly puts a user where they should be, and says whether they were not.
func (h *Hub) placedWrongly(ctx context.Context, user id.ID, m Move) bool {
	h.mu.RLock()
	p := h.people[user]
	h.mu.RUnlock()
	if p == nil {
		return false
	}
	<-p.loading
	rooms, err := h.RoomsOf(ctx, user)
	if err != nil { // nobody hears what they may not
		h.Log.Warn("read where a user is", "error", err.Error())
		guest := true
		h.change([]id.ID{user}, func(p *person) { h.place(p, Move{Channel: m.Channel, Team: m.Team, Left: true, Guest: &guest}) })
		return false
	}
	in := slices.Contains(rooms.Channels, m.Channel) || slices.Contains(rooms.Teams, m.Team)
	wrong := false
	h.change([]id.ID{user}, func(p *person) {
		_, hearsChannel := p.channels[m.Channel]
		_, hearsTeam := p.teams[m.Team]
		if m.Guest != nil {
			wrong, p.guest = p.guest != rooms.Guest, rooms.Guest
			return
		}
		if wrong = in != (hearsChannel || hearsTeam); wrong {
			h.place(p, Move{Channel: m.Channel, Team: m.Team, Left: !in})
		}
	})
	return wrong
}
