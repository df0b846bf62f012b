package bus

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestWhatHappensAtOneInstanceReachesClientsOfAll(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, ben, channel, private := id.New(), id.New(), id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	p.rooms[ben] = realtime.Rooms{Channels: []id.ID{channel, private}}
	a := p.instance()
	b, c := p.instance(), p.instance()
	meet(a, b, c)
	atA, atB := a.connect(ada), b.connect(ben)
	for n, from := range []*instance{a, b, c, b, a} {
		text := strings.Repeat("x", n+1)
		say(from, channel, text)
		for _, at := range []*client{atA, atB} {
			if m := at.expect(realtime.Posted); m.Data["post"] != text {
				t.Fatalf("got %v, want %q", m.Data, text)
			}
		}
	}
	a.hub.Publish(realtime.Event{Name: realtime.Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel, OmitUsers: map[id.ID]bool{ada: true}},
		Personal: map[id.ID]string{ben: `"mentions":"you"`}})
	if m := atB.expect(realtime.Posted); m.Data["mentions"] != "you" {
		t.Errorf("what is personal came as %v", m.Data)
	}
	a.hub.SetStatus(ada, realtime.DND, 0)
	until(t, "c knows what ada chose", func() bool { return c.hub.Status(ada).Status == realtime.DND })
	if s := c.hub.Status(ben).Status; s != realtime.Online {
		t.Errorf("c says that ben is %s", s)
	}
	a.hub.EndSession(ben)
	for {
		if _, err := atB.read(); err != nil {
			break
		}
	}
	until(t, "everybody knows that ben has gone", func() bool { return a.hub.Status(ben).Status == realtime.Offline })
}

// Who joins or leaves anywhere hears accordingly everywhere; what counts is what the database says.
func TestMovesReachWhoIsConnectedElsewhere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ben, joined, left, stale := id.New(), id.New(), id.New(), id.New()
	p.rooms[ben] = realtime.Rooms{Channels: []id.ID{left}}
	a, b := p.instance(), p.instance()
	meet(a, b)
	at := b.connect(ben)
	p.rooms[ben] = realtime.Rooms{Channels: []id.ID{joined}} // committed before it is told
	a.hub.JoinedChannel(joined, ben)
	a.hub.JoinedChannel(stale, ben) // they have left again since, elsewhere
	a.hub.LeftChannel(left, ben)
	say(a, left, "unheard")
	say(a, stale, "unheard")
	say(a, joined, "heard")
	if m := at.expect(realtime.Posted); m.Data["post"] != "heard" {
		t.Errorf("got %v", m.Data)
	}
}

func TestClientsThatMayHaveMissedSomethingBeginAnew(t *testing.T) {
	t.Parallel()
	for name, mishap := range map[string]func(p *pair, a *instance){
		"the others take one for dead": func(p *pair, a *instance) { p.execute("update instances set beat_at = 0 where id = $1", a.tap.me) },
		"the database crashed":         func(p *pair, _ *instance) { p.execute("truncate instances, batches") },
		"more waited than may": func(_ *pair, a *instance) {
			a.tap.mu.Lock()
			a.tap.queue = make([]realtime.Echo, mostQueue)
			a.tap.mu.Unlock()
			say(a, id.New(), "one too many")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			ada, channel := id.New(), id.New()
			p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
			a, b := p.instance(), p.instance()
			meet(a, b)
			atB := b.connect(ada)
			say(a, channel, "one")
			atB.expect(realtime.Posted)
			mishap(p, a)
			atB.over()
			meet(a, b)
			atB = b.connect(ada)
			say(a, channel, "two")
			if m := atB.expect(realtime.Posted); m.Data["post"] != "two" {
				t.Errorf("got %v", m.Data)
			}
		})
	}
}

func (p *pair) execute(sql string, args ...any) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(p.t.Context(), sql, args...); err != nil {
		p.t.Fatal(err)
	}
}

// An instance that knew of nobody when something happened has told nobody: who was there has its clients begin anew when they meet.
func TestWhoWasNotToldBeginsAnew(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	a, b := p.instance(), p.instance()
	if a.tap.Together() {
		t.Fatal("the first instance knows of the second already: this shows nothing")
	}
	atB := b.connect(ada)
	say(a, channel, "unheard at b")
	meet(a, b)
	atB.over()
}

func TestAGoodbyeDisturbsNobody(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atB := b.connect(ada)
	say(a, channel, "last words")
	a.stop()
	atB.expect(realtime.Posted)
	until(t, "b is alone", func() bool { b.tap.Look(); return b.tap.Heard() == 0 })
	say(b, channel, "alone")
	atB.expect(realtime.Posted)
}

// Who ends while something still goes on there does not say that all was told.
func TestWhoEndsInDisorderSaysNoGoodbye(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atB := b.connect(ada)
	a.tap.Mute()
	a.stop()
	p.execute("update instances set beat_at = 0 where id = $1", a.tap.me)
	atB.over()
}

// What could not be sent, or was without an answer, is sent once.
func TestABatchIsSentOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, channel := id.New(), id.New()
	p.rooms[ada] = realtime.Rooms{Channels: []id.ID{channel}}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atB := b.connect(ada)
	p.execute("alter table batches rename to lost")
	say(a, channel, "one")
	say(a, channel, "two")
	until(t, "a has tried", func() bool { a.tap.mu.Lock(); defer a.tap.mu.Unlock(); return len(a.tap.queue) < 2 })
	p.execute("alter table lost rename to batches")
	hears := func(want string) {
		t.Helper()
		if m := atB.expect(realtime.Posted); m.Data["post"] != want {
			t.Fatalf("got %v, want %s", m.Data, want)
		}
	}
	hears("one")
	hears("two")
	// As if the next had been committed, and the connection lost before its answer came.
	p.execute(`with me as (update instances set sent = sent + 1 where id = $1 returning sent)
		insert into batches (instance, seq, at, echoes) select $1, sent, clock_millis(),
		       convert_to(json_build_array(json_build_object('event', json_build_object('name', 'posted', 'data', json_build_object('post', 'three'), 'to', json_build_object('channel_id', $2::text))))::text, 'utf8') from me`, a.tap.me, channel.String())
	say(a, channel, "three")
	hears("three")
	say(a, channel, "four")
	hears("four")
}

func TestGuestsAreGuestsAtEveryInstance(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ada, gil := id.New(), id.New()
	p.rooms[gil] = realtime.Rooms{Guest: true}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atA, atB := a.connect(ada), b.connect(gil)
	tell := func(name realtime.Name, guests []id.ID) {
		a.hub.Publish(realtime.Event{Name: name, Data: struct{}{}, Guests: guests})
	}
	tell(realtime.NewUser, []id.ID{})
	tell(realtime.EmojiAdded, nil)
	tell(realtime.UserUpdated, []id.ID{gil})
	atA.expect(realtime.NewUser)
	atB.expect(realtime.EmojiAdded)
	atB.expect(realtime.UserUpdated)
}

func TestWhoIsMadeAMemberAtOneInstanceIsOneAtAll(t *testing.T) {
	t.Parallel()
	p := setup(t)
	gil := id.New()
	p.rooms[gil] = realtime.Rooms{Guest: true}
	a, b := p.instance(), p.instance()
	meet(a, b)
	atB := b.connect(gil)
	p.rooms[gil] = realtime.Rooms{}
	a.hub.Turned(gil, false)
	a.hub.Publish(realtime.Event{Name: realtime.NewUser, Data: struct{}{}, Guests: []id.ID{}})
	atB.expect(realtime.NewUser)
}
