package realtime

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Rooms are the channels and teams whose events a user gets.
type Rooms struct {
	Channels, Teams []id.ID
	Guest           bool // hears only of users whom they see
}

// Facts are what the hub has to ask for.
type Facts struct {
	// RoomsOf is asked once per user who connects; later changes come by Joined and Left.
	RoomsOf func(ctx context.Context, user id.ID) (Rooms, error)
	// Seen answers those of the others whom a guest sees.
	Seen func(ctx context.Context, guest id.ID, others []id.ID) ([]id.ID, error)
	// WhoIsIn answers those of a move's users who are in its channel or team.
	WhoIsIn func(ctx context.Context, m Move) ([]id.ID, error)
	// LiveSessions answers those of the sessions that are still good.
	LiveSessions func(ctx context.Context, sessions []id.ID) ([]id.ID, error)
	// Reconfigure has this instance read anew how the workspace is configured, and do by that. It answers what clients are told of it.
	Reconfigure func(ctx context.Context) (any, error)
	// Types says whether people are shown who types.
	Types func() bool
}

// Hub knows every connection of this instance, and tells the other instances by the bus.
type Hub struct {
	Now     clock.Clock
	Log     *slog.Logger
	Version func() string // of the server and its configuration, which clients compare
	Bus     Bus           // nil where an instance is always alone
	Facts

	mu       sync.RWMutex
	people   map[id.ID]*person
	channels audience
	teams    audience
	streams  map[string]*stream
	board    Board
	crew     crew
}

// audience finds who is in a room without looking at everybody.
type audience map[id.ID]map[id.ID]*person

func (a audience) add(room id.ID, p *person) {
	if a[room] == nil {
		a[room] = map[id.ID]*person{}
	}
	a[room][p.user] = p
}

func (a audience) remove(room, user id.ID) {
	delete(a[room], user)
	if len(a[room]) == 0 {
		delete(a, room)
	}
}

// person is a user with at least one stream, and the rooms that they are in.
type person struct {
	user            id.ID
	streams         map[*stream]struct{}
	channels, teams map[id.ID]struct{}
	guest           bool
	loading         chan struct{} // closed once the rooms are known
	missed          []func()      // changes of rooms that arrived meanwhile
}

// NewHub makes an empty hub.
func NewHub(now clock.Clock, log *slog.Logger, version func() string, facts Facts) *Hub {
	h := &Hub{Now: now, Log: log, Version: version, Facts: facts,
		people: map[id.ID]*person{}, channels: audience{}, teams: audience{}, streams: map[string]*stream{}}
	h.board = Board{now: now, users: map[id.ID]wire.Status{}, from: map[id.ID]id.ID{}, looks: map[id.ID]Look{}, apart: map[id.ID]bool{}}
	return h
}

// Publish tells an event to its audience. It never waits for a client.
func (h *Hub) Publish(event Event) {
	enc, err := encode(&event)
	if err != nil {
		h.Log.Error("encode event", "event", event.Name, "error", err)
		return
	}
	h.deliver(enc)
	if h.together() {
		h.Bus.Send(Echo{Event: &Told{Name: event.Name, Data: enc.data, To: event.To, Guests: event.Guests, Personal: event.Personal}})
	}
}

// deliver gives an event to whom it reaches of those who are connected here.
func (h *Hub) deliver(enc *encoded) {
	event := enc.event
	var slow []*socket
	h.mu.RLock()
	for _, p := range h.audience(event.To) {
		if event.To.OmitUsers[p.user] || p.guest && event.Guests != nil && !slices.Contains(event.Guests, p.user) {
			continue
		}
		for s := range p.streams {
			if !reaches(event.To, s) {
				continue
			}
			if s.put(event.Name, enc.forUser(p.user)) {
				slow = append(slow, s.current())
			}
		}
	}
	h.mu.RUnlock()
	for _, sock := range slow {
		if sock != nil {
			sock.cut()
		}
	}
}

// Listens reports whether a user has a client that is told of events, here.
func (h *Hub) Listens(user id.ID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.people[user] != nil || h.together()
}

// audience is who the event may concern: the narrowest of user, channel, team and everyone.
func (h *Hub) audience(to wire.Broadcast) map[id.ID]*person {
	switch {
	case !to.UserID.IsZero():
		if p := h.people[to.UserID]; p != nil {
			return map[id.ID]*person{p.user: p}
		}
		return nil
	case !to.ChannelID.IsZero():
		return h.channels[to.ChannelID]
	case !to.TeamID.IsZero():
		return h.teams[to.TeamID]
	case to.ConnectionID != "":
		if s := h.streams[to.ConnectionID]; s != nil {
			return map[id.ID]*person{s.user: h.people[s.user]}
		}
		return nil
	}
	return h.people
}

func reaches(to wire.Broadcast, s *stream) bool {
	switch {
	case to.ContainsSanitizedData && s.admin, to.ContainsSensitiveData && !s.admin:
		return false
	case to.ConnectionID != "" && to.ConnectionID != s.id:
		return false
	}
	return to.OmitConnectionID == "" || to.OmitConnectionID != s.id
}

// Sockets is how many clients are connected now.
func (h *Hub) Sockets() int {
	n := 0
	for _, s := range h.all() {
		if s.current() != nil {
			n++
		}
	}
	return n
}

func (h *Hub) all() []*stream {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := make([]*stream, 0, len(h.streams))
	for _, s := range h.streams {
		list = append(list, s)
	}
	return list
}
