package api_test

import (
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// An instance stands still in a call until its lease has ended, and another one calls as well.
func TestAnAnswerIsPostedOnce(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	goOn := make(chan struct{})
	first := make(chan struct{}, 1)
	first <- struct{}{}
	p := o.programThat(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-first:
			<-goOn
		default:
		}
		_, _ = io.WriteString(w, `{"text":"I heard"}`)
	})
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	end := o.delivers()
	said := o.say(o.member, o.public.ID, "one")
	p.next(t)
	next := o.beside()
	next.api.Hooks.Now = func() time.Time { return time.Now().Add(time.Hour) }
	next.delivers()
	p.next(t)
	o.settled()
	close(goOn)
	end()
	list := o.last(o.public.ID, 2)
	if list[0].Message != "I heard" || list[1].ID != said.ID || o.log.of("the answer to an outgoing webhook could not be posted") != 1 {
		t.Errorf("the last posts are %q and %q", list[0].Message, list[1].Message)
	}
}

func TestSlowProgramsKeepNoOtherWaiting(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	goOn := make(chan struct{})
	quick := o.program("application/json", "")
	defer close(goOn)
	var slow []*program
	for n := range 4 {
		slow = append(slow, o.programThat(func(http.ResponseWriter, *http.Request) { <-goOn }))
		word := "slow" + strconv.Itoa(n)
		o.newOutgoing(o.admin, wire.OutgoingWebhook{TriggerWords: []string{word}, CallbackURLs: []string{slow[n].url}})
		for range 5 {
			o.say(o.admin, o.public.ID, word)
		}
	}
	o.newOutgoing(o.admin, wire.OutgoingWebhook{TriggerWords: []string{"quick"}, CallbackURLs: []string{quick.url}})
	o.say(o.admin, o.public.ID, "quick")
	o.delivers()
	quick.next(t)
	if n := len(slow[0].calls); n > 3 {
		t.Errorf("a slow one is called %d times at once", n)
	}
}

func TestACallThatIsUnderWayEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	goOn := make(chan struct{})
	p := o.programThat(func(w http.ResponseWriter, _ *http.Request) {
		<-goOn
		_, _ = io.WriteString(w, `{"text":"I heard"}`)
	})
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	end := o.delivers()
	o.say(o.admin, o.public.ID, "one")
	p.next(t)
	time.AfterFunc(20*time.Millisecond, func() { close(goOn) })
	end()
	if n, _ := o.owed(); n != 0 || o.last(o.public.ID, 1)[0].Message != "I heard" {
		t.Errorf("%d are owed still", n)
	}
}

func TestACallThatDoesNotEndIsLeftToTheNextProcess(t *testing.T) {
	t.Parallel()
	o := setupOwing(t, func(s *config.Settings) { s.Integrations.Within = time.Minute })
	p := o.programThat(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	end := o.delivers()
	o.say(o.admin, o.public.ID, "one")
	p.next(t)
	end()
	if n, tries := o.owed(); n != 1 || tries != 0 {
		t.Fatalf("%d are owed, tried %d times", n, tries)
	}
	o.beside().delivers()
	p.next(t) // at once
}

func TestAWorkspaceOwesSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{"https://example.com", "https://example.org", "https://example.net"}})
	other := o.newOutgoing(o.admin, wire.OutgoingWebhook{TriggerWords: []string{"never"}, CallbackURLs: []string{"https://example.com"}})
	o.fill(other.ID, o.say(o.admin, o.public.ID, "one").ID, 9995)
	last := o.say(o.admin, o.public.ID, "two")
	var of int
	if err := o.conn.QueryRow(t.Context(), "select count(*) from hook_deliveries where post_id = $1", last.ID).Scan(&of); err != nil {
		t.Fatal(err)
	}
	if n, _ := o.owed(); n != 10_000 || of != 2 || o.api.Hooks.LeftOut.Load() != 1 || o.log.of("outgoing webhooks were left out: too many are owed") != 1 {
		t.Errorf("%d are owed, %d of the post, %d left out", n, of, o.api.Hooks.LeftOut.Load())
	}
	if o.say(o.admin, o.public.ID, "three").ID == (id.ID{}) || o.api.Hooks.LeftOut.Load() != 4 {
		t.Errorf("%d are left out", o.api.Hooks.LeftOut.Load())
	}
}

// One whose program is down fills the room of nobody else.
func TestAHookIsOwedSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	down := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{"https://example.com"}})
	up := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{"https://example.org"}})
	o.fill(down.ID, o.say(o.admin, o.public.ID, "one").ID, 1999)
	said := o.say(o.admin, o.public.ID, "two")
	var of, ofUp int
	err := o.conn.QueryRow(t.Context(), "select count(*), count(*) filter (where hook_id = $1) from hook_deliveries where post_id = $2", up.ID, said.ID).Scan(&of, &ofUp)
	if err != nil || of != 1 || ofUp != 1 || o.api.Hooks.LeftOut.Load() != 1 {
		t.Errorf("%d are owed of the post, %d by the hook that has room, and %d left out (%v)", of, ofUp, o.api.Hooks.LeftOut.Load(), err)
	}
}

func TestAPostCostsNoLookAtHooksThatAreKnown(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	now := time.Now()
	o.api.Hooks.Now = func() time.Time { return now }
	o.say(o.admin, o.public.ID, "one")
	look, err := o.conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := look.Exec(t.Context(), "lock table outgoing_hooks, hook_deliveries"); err != nil {
		t.Fatal(err)
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		o.call(o.admin, http.MethodPost, "/posts", map[string]string{"channel_id": o.public.ID.String(), "message": "two"})
	}()
	select {
	case <-said:
	case <-time.After(10 * time.Second):
		t.Error("a post waits for hooks")
	}
	if err := look.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-said
}

func TestAHookThatAnotherInstanceMadeIsKnownSoon(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	now := time.Now()
	o.api.Hooks.Now = func() time.Time { return now.Add(time.Duration(o.ahead.Load())) }
	o.say(o.admin, o.public.ID, "one")
	in := wire.OutgoingWebhook{TeamID: o.team.ID, ChannelID: o.public.ID, CallbackURLs: []string{"https://example.com"}}
	if _, err := o.beside().api.Hooks.CreateOutgoing(t.Context(), o.admin.id, in, dbsql.Channel{ID: o.public.ID, TeamID: o.team.ID, Type: "O"}); err != nil {
		t.Fatal(err)
	}
	o.pass(10 * time.Second)
	o.say(o.admin, o.public.ID, "two")
	if n, _ := o.owed(); n != 1 {
		t.Errorf("%d are owed", n)
	}
}

// Whoever ends a hook, or all of a team, has its row until they are done; a post waits for none of it.
func TestAPostWaitsForNoHookThatEnds(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	hook := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{"https://example.com"}})
	kept := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{"https://example.org"}})
	ends, err := o.conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ends.Exec(t.Context(), "delete from outgoing_hooks where id = $1", hook.ID); err != nil {
		t.Fatal(err)
	}
	said := make(chan answer, 1)
	go func() {
		said <- o.call(o.admin, http.MethodPost, "/posts", map[string]string{"channel_id": o.public.ID.String(), "message": "one"})
	}()
	select {
	case got := <-said:
		if got.status != http.StatusCreated {
			t.Errorf("answer %d %s", got.status, got.body)
		}
	case <-time.After(10 * time.Second):
		t.Error("a post waits for a hook that ends")
	}
	if err := ends.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ofKept int
	if err := o.conn.QueryRow(t.Context(), "select count(*) from hook_deliveries where hook_id = $1", kept.ID).Scan(&ofKept); err != nil {
		t.Fatal(err)
	}
	if n, _ := o.owed(); n != 1 || ofKept != 1 {
		t.Errorf("%d are owed, %d of the hook that is left", n, ofKept)
	}
}
