package bus

import (
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Who was connected to an instance that is gone is not there any more, unless they are connected to another.
func TestWhoWasConnectedToWhatIsGoneIsOffline(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, ben, eve := id.New(), id.New(), id.New()
	a, b, c := p.instance(), p.instance(), p.instance()
	meet(a, b, c)
	b.connect(ben)
	a.connect(ada)
	a.hub.SetStatus(eve, realtime.DND, 0)
	all := func(user id.ID, status string, list ...*instance) {
		t.Helper()
		until(t, "they see a user "+status, func() bool {
			return !slices.ContainsFunc(list, func(i *instance) bool { return i.hub.Status(user).Status != status })
		})
	}
	all(ada, realtime.Online, b, c)
	all(ben, realtime.Online, a, c)
	a.hub.Idle(ben) // so that it was a that told of them last
	all(ben, realtime.Away, b, c)
	all(eve, realtime.DND, b, c)
	a.stop() // before ada's client is
	all(ada, realtime.Offline, b, c)
	all(ben, realtime.Away, b, c)
	if s := c.hub.Status(eve).Status; s != realtime.DND {
		t.Errorf("what eve chose became %s", s)
	}
}

// Where it can't be learned who may hear a channel all begin anew, and nobody is left deaf.
func TestAMoveThatCantBeCheckedLeavesNobodyDeaf(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	a, b := p.instance(), p.instance()
	meet(a, b)
	atB := b.connect(ada)
	p.unread.Store(true)
	a.hub.JoinedChannel(channel, ada)
	atB.over()
}

// What was heard before an instance was given up has reached its clients, who would count it again.
func TestWhoWasGivenUpHearsNothingTwice(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atA := a.connect(ada)
	say(b, channel, "one")
	atA.expect(realtime.Posted)
	p.execute("update instances set beat_at = 0 where id <> $1", b.tap.me)
	atA.over()
	atA = a.connect(ada)
	meet(a, b)
	say(b, channel, "two")
	if m := atA.expect(realtime.Posted); m.Data["post"] != "two" {
		t.Errorf("got %v", m.Data)
	}
}

// All of a large channel can be mentioned in each of many posts.
func TestWhatIsPersonalCountsToWhatWaits(t *testing.T) {
	t.Parallel()
	personal := map[id.ID]string{}
	for range 1000 {
		personal[id.New()] = `"mentions":"x"`
	}
	tap := NewTap(nil, nil, nil, nil, nil)
	tap.tell(true)
	for range mostBytes/1000/64 + 1 {
		tap.Send(realtime.Echo{Event: &realtime.Told{Data: []byte("{}"), To: wire.Broadcast{}, Personal: personal}})
	}
	if !tap.lost {
		t.Errorf("%d wait", len(tap.queue))
	}
}
