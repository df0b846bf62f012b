package realtime

import (
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type heard []Echo

func (*heard) Together() bool { return true }
func (h *heard) Send(e Echo)  { *h = append(*h, e) }

func TestWhoLooksAtAChannelDoesSoForAWhile(t *testing.T) {
	t.Parallel()
	at := time.Now()
	now := func() time.Time { return at }
	here, there := &Hub{Now: now}, &Hub{Now: now}
	var told heard
	for _, h := range []*Hub{here, there} {
		*h = *NewHub(now, nil, nil, Facts{})
	}
	here.Bus = &told
	user, channel, other := id.New(), id.New(), id.New()
	pass := func() {
		for _, e := range told {
			if err := there.Receive(t.Context(), id.New(), e); err != nil {
				t.Fatal(err)
			}
		}
		told = nil
	}
	both := func(in id.ID, want bool) {
		t.Helper()
		pass()
		if here.LooksAt(user, in) != want || there.LooksAt(user, in) != want {
			t.Errorf("here %t, there %t, want %t", here.LooksAt(user, in), there.LooksAt(user, in), want)
		}
	}
	both(channel, false)
	here.Active(user)
	here.Looks(user, channel)
	both(channel, true)
	both(other, false)
	at = at.Add(lookFor + time.Second)
	both(channel, false)
	here.Looks(user, channel)
	here.Active(user)
	both(channel, true)
	here.Looks(user, other)
	both(channel, false)
	both(other, true)
	here.SetStatus(user, Away, 0)
	both(other, false)
	here.SetStatus(user, Online, 0)
	here.Looks(user, id.ID{})
	both(other, false)
}

// Who did nothing meanwhile is not there when their time of peace ends: they are to be told what is said then.
func TestPeaceEndsForWhoIsNotThere(t *testing.T) {
	t.Parallel()
	at := time.Now()
	h := NewHub(func() time.Time { return at }, nil, nil, Facts{})
	user := id.New()
	h.SetStatus(user, DND, at.Add(time.Hour).Unix())
	at = at.Add(2 * time.Hour)
	if s := h.Status(user); s.Status != Away || s.Manual {
		t.Errorf("they are %+v", s)
	}
}

// Whoever is connected nowhere is not there at all, however long their time of peace was.
func TestPeaceEndsForWhoIsNotConnected(t *testing.T) {
	t.Parallel()
	at := time.Now()
	h := NewHub(func() time.Time { return at }, nil, nil, Facts{})
	left, recalled, back := id.New(), id.New(), id.New()
	end := at.Add(time.Hour).Unix()
	for _, user := range []id.ID{left, back} {
		h.SetStatus(user, DND, end)
		h.gone(user)
	}
	h.Recall(wire.Status{UserID: recalled, Status: DND, Manual: true, DNDEndTime: end})
	h.Active(back)
	if s := h.Status(left); s.Status != DND {
		t.Errorf("before the end they are %+v", s)
	}
	at = at.Add(2 * time.Hour)
	for user, want := range map[id.ID]string{left: Offline, recalled: Offline, back: Away} {
		if s := h.Status(user); s.Status != want {
			t.Errorf("they are %+v, want %s", s, want)
		}
	}
}

// What a server read when it began is older than what the one beside it knows.
func TestWhatWasRecalledIsToldToNobody(t *testing.T) {
	t.Parallel()
	h := NewHub(time.Now, nil, nil, Facts{})
	var told heard
	h.Bus = &told
	recalled, chosen := id.New(), id.New()
	h.SetStatus(chosen, DND, 0)
	for _, user := range []id.ID{recalled, chosen} {
		h.Recall(wire.Status{UserID: user, Status: DND, Manual: true})
	}
	h.SetStatus(chosen, DND, 0)
	h.gone(chosen)
	told = nil
	h.Introduce()
	if len(told) != 1 || told[0].Presence.UserID != chosen {
		t.Errorf("told %+v", told)
	}
}
