package realtime

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// cutOff reads until the connection ends.
func (h *house) cutOff(c *websocket.Conn) {
	h.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
			h.t.Fatal("the socket is still open")
		}
		return
	}
}

// A session can end after the connection's request was checked and before EndSession can see its socket.
func TestASessionThatEndsWhileItsSocketIsAttachedLeavesNone(t *testing.T) {
	t.Parallel()
	h := setup(t)
	user := id.New()
	rooms := h.hub.RoomsOf
	h.hub.RoomsOf = func(ctx context.Context, who id.ID) (Rooms, error) {
		h.over.Store(user, true)
		h.hub.EndSession(user)
		return rooms(ctx, who)
	}
	h.cutOff(h.dial("?as=" + user.String()))
	if n := len(h.hub.all()); n != 0 {
		t.Fatalf("%d streams could be resumed", n)
	}
}

func TestASocketWhoseSessionCantBeCheckedIsCutOff(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.hub.LiveSessions = func(context.Context, []id.ID) ([]id.ID, error) { return nil, errors.New("no database") }
	h.cutOff(h.dial("?as=" + id.New().String()))
}

func TestARecheckCutsTheSocketsOfSessionsThatEndedElsewhere(t *testing.T) {
	t.Parallel()
	h := setup(t)
	stays, goes := id.New(), id.New()
	a, b := h.dial("?as="+stays.String()), h.dial("?as="+goes.String())
	for _, c := range []*websocket.Conn{a, b} {
		h.read(c)
		h.skipStatus(c)
	}
	h.over.Store(goes, true)
	if err := h.hub.recheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.cutOff(b)
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}})
	if m := h.read(a); m.Event != NewUser {
		t.Fatalf("whose session goes on got %+v", m)
	}
}

// An idle workspace holds no connection to its database.
func TestNobodyConnectedMeansNothingToRecheck(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.hub.LiveSessions = func(context.Context, []id.ID) ([]id.ID, error) { return nil, errors.New("asked") }
	if err := h.hub.recheck(t.Context()); err != nil {
		t.Fatal(err)
	}
}
