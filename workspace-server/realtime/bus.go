package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Bus carries what happens here to the instances of the same workspace that run beside this one.
type Bus interface {
	// Together says whether there may be such an instance. What happens while there is none is told to nobody: who comes later has its
	// clients fetch everything.
	Together() bool
	// Send never waits. Echoes arrive in the order in which they were sent, each once, or it is noticed that some did not.
	Send(Echo)
}

// Echo is something that happened at one instance, as it is told to the others; one of its members is set.
type Echo struct {
	Event    *Told        `json:"event,omitempty"`
	Move     *Move        `json:"move,omitempty"`
	Ended    []id.ID      `json:"ended,omitempty"` // sessions
	Presence *wire.Status `json:"presence,omitempty"`
	Look     *Look        `json:"look,omitempty"`
	Gone     id.ID        `json:"gone,omitzero"` // a user whose last connection to that instance has ended
}

// Told is an Event whose data was encoded where it happened.
type Told struct {
	Name     Name             `json:"name"`
	Data     json.RawMessage  `json:"data"`
	To       wire.Broadcast   `json:"to"`
	Guests   []id.ID          `json:"guests"`
	Personal map[id.ID]string `json:"personal,omitempty"`
}

// Move is that users came into a channel or a team, or left it; or that they became guests, or members.
type Move struct {
	Channel id.ID   `json:"channel,omitzero"`
	Team    id.ID   `json:"team,omitzero"`
	Left    bool    `json:"left,omitempty"`
	Guest   *bool   `json:"guest,omitempty"`
	Users   []id.ID `json:"users"`
}

// tell has the other instances hear of something, if there are any.
func (h *Hub) tell(n Echo) {
	if h.together() {
		h.Bus.Send(n)
	}
}

func (h *Hub) together() bool { return h.Bus != nil && h.Bus.Together() }

// Receive does here what happened at another instance, and tells nobody else. Where it fails all have to begin anew.
func (h *Hub) Receive(ctx context.Context, from id.ID, n Echo) (err error) {
	switch {
	case n.Event != nil:
		e := n.Event
		if e.Name == ConfigChanged { // before clients are told; by now it may have changed again
			now, err := h.Reconfigure(ctx)
			if err != nil {
				return err
			}
			e.Data = json.RawMessage(Text(now))
		}
		enc, err := encoding(&Event{Name: e.Name, To: e.To, Guests: e.Guests, Personal: e.Personal}, e.Data)
		if err != nil {
			return fmt.Errorf("encode another instance's event: %w", err)
		}
		h.deliver(enc)
	case n.Move != nil:
		err = h.moveElsewhere(ctx, *n.Move)
	case n.Presence != nil:
		h.board.set(*n.Presence, from)
	case n.Look != nil:
		h.board.look(*n.Look)
	case !n.Gone.IsZero():
		h.goneElsewhere(n.Gone)
	}
	if len(n.Ended) > 0 {
		h.cutSessions(n.Ended)
	}
	return err
}

// goneElsewhere is gone, unless the user is connected here, which the others have to be told then.
func (h *Hub) goneElsewhere(user id.ID) {
	if !h.connected(user) {
		h.board.leave(user)
		return
	}
	s := h.Status(user)
	h.tell(Echo{Presence: &s})
	h.tellStatus(s)
}

// Introduce tells the others who is present here.
func (h *Hub) Introduce() {
	for _, s := range h.board.all() {
		if s.Manual || h.connected(s.UserID) {
			h.tell(Echo{Presence: &s})
		}
	}
}

// Forget is that an instance is gone, and with it who was connected there and not here. Whoever else is connected to them introduces them again.
func (h *Hub) Forget(instance id.ID) {
	for _, user := range h.board.heardFrom(instance) {
		if !h.connected(user) {
			h.board.leave(user)
		}
	}
}

// Renew has every client begin anew and fetch everything, for some may have missed something: nobody resumes what they had, and those who are
// connected are asked to come back, spread over the given time, which is not waited for.
func (h *Hub) Renew(over time.Duration) {
	var socks []*socket
	for _, st := range h.all() {
		if sock := h.drop(st); sock != nil {
			socks = append(socks, sock)
		}
	}
	h.mu.Lock()
	for _, p := range h.people {
		if len(p.streams) == 0 { // whose rooms are being read: what moved them meanwhile may be what was missed
			h.remove(p)
		}
	}
	h.mu.Unlock()
	go askBack(context.Background(), socks, over, "something was missed")
}

// askBack says goodbye to one after another, so that they don't all come back at once.
func askBack(ctx context.Context, socks []*socket, over time.Duration, why string) {
	if len(socks) == 0 {
		return
	}
	tick := time.NewTicker(max(over/time.Duration(len(socks)), time.Microsecond))
	defer tick.Stop()
	for _, sock := range socks {
		sock.bye(websocket.CloseServiceRestart, why)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
