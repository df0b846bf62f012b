package realtime

import (
	"context"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Where a user is was read before they left, and that they left was told to nobody here: who begins anew reads it again.
func TestWhoConnectsWhileAllBeginAnewIsWhereTheyAreNow(t *testing.T) {
	t.Parallel()
	h := setup(t)
	asked, release, left := make(chan struct{}), make(chan struct{}), id.New()
	var first sync.Once
	h.hub.RoomsOf = func(context.Context, id.ID) (in Rooms, _ error) {
		first.Do(func() {
			close(asked)
			<-release
			in = Rooms{Channels: []id.ID{left}}
		})
		return in, nil
	}
	user := id.New()
	c := h.dial("?as=" + user.String())
	<-asked
	h.hub.Renew(0)
	close(release)
	if m := h.read(c); m.Event != Hello {
		t.Fatalf("got %+v", m)
	}
	h.skipStatus(c)
	h.hub.Publish(Event{Name: Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: left}})
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}})
	if m := h.read(c); m.Event != NewUser {
		t.Errorf("got %+v", m)
	}
	h.hub.mu.RLock()
	defer h.hub.mu.RUnlock()
	if len(h.hub.channels) != 0 || len(h.hub.people) != 1 {
		t.Errorf("%d channels and %d people are kept", len(h.hub.channels), len(h.hub.people))
	}
}

// A stream is forgotten twice where all began anew meanwhile; the second time concerns nobody who has come since.
func TestAStreamThatIsForgottenAgainDisturbsNobody(t *testing.T) {
	t.Parallel()
	h := setup(t)
	user, channel := id.New(), id.New()
	h.rooms[user] = Rooms{Channels: []id.ID{channel}}
	c := h.dial("?as=" + user.String())
	h.read(c)
	old := h.hub.all()[0]
	h.hub.Renew(0)
	asked, release := make(chan struct{}), make(chan struct{})
	reads := 0
	h.hub.RoomsOf = func(context.Context, id.ID) (Rooms, error) {
		if reads++; reads == 1 {
			close(asked)
			<-release
		}
		return h.rooms[user], nil
	}
	c = h.dial("?as=" + user.String())
	<-asked
	h.hub.drop(old)
	close(release)
	h.read(c)
	if reads != 1 {
		t.Errorf("where they are was read %d times", reads)
	}
}
