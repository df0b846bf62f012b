package api_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestADeliveryOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	p := o.program("application/json", `{"text":"I heard"}`)
	o.newOutgoing(o.admin, wire.OutgoingWebhook{TriggerWords: []string{"echo"}, CallbackURLs: []string{p.url}})
	o.say(o.member, o.public.ID, "echo one")
	if n, tries := o.owed(); n != 1 || tries != 0 || len(p.calls) != 0 {
		t.Fatalf("owed %d, tried %d times, called %d times", n, tries, len(p.calls))
	}
	o.beside().delivers()
	if got := p.next(t).text(t); got != "echo one" {
		t.Errorf("told %q", got)
	}
	o.settled()
	if got := o.last(o.public.ID, 1)[0].Message; got != "I heard" {
		t.Errorf("the last post is %q", got)
	}
}

func TestInstancesSideBySideTellAProgramOnce(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	const all = 30
	p := o.program("application/json", "")
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url, p.url}})
	for _, b := range []*bundle{o.bundle, o.beside(), o.beside()} {
		b.delivers()
	}
	want := map[string]bool{}
	for range all {
		text := id.New().String()
		want[text] = true
		o.say(o.member, o.public.ID, text)
	}
	o.settled()
	for range all {
		text := p.next(t).text(t)
		if !want[text] {
			t.Errorf("told twice of %s", text)
		}
		delete(want, text)
	}
	if len(p.calls) != 0 {
		t.Errorf("told %d times more", len(p.calls))
	}
}

// It is down for longer than a few tries take, and then for good.
func TestAProgramThatIsDownIsToldLater(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	var down atomic.Bool
	down.Store(true)
	p := o.programThat(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	o.delivers()
	o.say(o.member, o.public.ID, "one")
	for n := 1; n < 8; n++ {
		p.next(t)
		o.putOff(n)
		down.Store(n < 7)
		o.pass(time.Hour)
	}
	p.next(t)
	o.settled()
	down.Store(true)
	o.say(o.member, o.public.ID, "two")
	for n := 1; n <= 8; n++ {
		p.next(t)
		o.putOff(n)
		o.pass(time.Hour)
	}
	o.settled()
	if got := o.log.of("outgoing webhook given up"); got != 1 || o.api.Hooks.GivenUp.Load() != 1 || len(p.calls) != 0 {
		t.Errorf("given up %d times (%d), and tried %d times more", got, o.api.Hooks.GivenUp.Load(), len(p.calls))
	}
}

func TestTriesOfADeliveryAreEverFurtherApart(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	p := o.programThat(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	o.delivers()
	o.say(o.member, o.public.ID, "one")
	for n, most := range []time.Duration{2 * time.Second, 4 * time.Second, 3 * time.Minute, 6 * time.Minute, 12 * time.Minute, 24 * time.Minute, 48 * time.Minute} {
		p.next(t)
		if pause := o.putOff(n + 1); pause > most || pause < most/2-2*time.Second {
			t.Errorf("after try %d it is left alone for %s, want %s at most", n+1, pause, most)
		}
		o.pass(most)
	}
}

// Nobody is told of what was said where, by the time that they would be, they are not to be.
func TestWhatIsGoneMeanwhileIsNotTold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*owing, wire.Post, wire.OutgoingWebhook){
		"the post": func(o *owing, p wire.Post, _ wire.OutgoingWebhook) {
			o.must(o.admin, http.MethodDelete, "/posts/"+p.ID.String(), nil)
		},
		"the hook": func(o *owing, _ wire.Post, h wire.OutgoingWebhook) {
			o.must(o.admin, http.MethodDelete, "/hooks/outgoing/"+h.ID.String(), nil)
		},
		"its creator": func(o *owing, _ wire.Post, _ wire.OutgoingWebhook) {
			o.must(o.admin, http.MethodDelete, "/users/"+o.member.id.String(), nil)
		},
		"its creator's sight": func(o *owing, _ wire.Post, _ wire.OutgoingWebhook) {
			o.must(o.admin, http.MethodDelete, "/teams/"+o.team.ID.String()+"/members/"+o.member.id.String(), nil)
		},
		"the address": func(o *owing, _ wire.Post, h wire.OutgoingWebhook) {
			h.CallbackURLs = []string{"https://example.com"}
			o.must(o.admin, http.MethodPut, "/hooks/outgoing/"+h.ID.String(), h)
		},
		"the public": func(o *owing, _ wire.Post, _ wire.OutgoingWebhook) {
			o.must(o.admin, http.MethodPut, o.in(o.public)+"/privacy", map[string]string{"privacy": "P"})
		},
		"the switch": func(o *owing, _ wire.Post, _ wire.OutgoingWebhook) {
			o.mustDecide("ServiceSettings.EnableOutgoingWebhooks", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := setupOwing(t)
			o.must(o.admin, http.MethodPut, "/teams/"+o.team.ID.String()+"/members/"+o.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
			p := o.program("application/json", "")
			hook := o.newOutgoing(o.member, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
			said := o.say(o.admin, o.public.ID, "hello")
			if n, _ := o.owed(); n != 1 {
				t.Fatalf("%d are owed", n)
			}
			change(o, said, hook)
			o.delivers()
			o.settled()
			if len(p.calls) != 0 {
				t.Errorf("it is told %s", (<-p.calls).body)
			}
		})
	}
}

func TestAProgramIsToldWhatAPostSaysByThen(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	p := o.program("application/json", "")
	o.newOutgoing(o.admin, wire.OutgoingWebhook{TriggerWords: []string{"echo"}, CallbackURLs: []string{p.url}})
	said := o.say(o.admin, o.public.ID, "echo one")
	o.must(o.admin, http.MethodPut, "/posts/"+said.ID.String()+"/patch", map[string]string{"message": "two"})
	o.delivers()
	if got := p.next(t).text(t); got != "two" {
		t.Errorf("told %q", got)
	}
}

func TestAPostThatNoHookIsForIsOwedToNobody(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	p := o.program("application/json", "")
	other := must[wire.Channel](o.bundle, o.admin, http.MethodPost, "/channels", wire.Channel{TeamID: o.team.ID, Name: "stone", DisplayName: "Stone", Type: "O"})
	hook := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{p.url}})
	o.say(o.admin, other.ID, "one")
	o.say(o.admin, o.private.ID, "two")
	incoming := o.newHook(o.admin, wire.IncomingWebhook{})
	o.tell(incoming.ID, "application/json", `{"text":"three"}`)
	o.mustDecide("ServiceSettings.EnableOutgoingWebhooks", false)
	o.say(o.admin, o.public.ID, "four")
	o.mustDecide("ServiceSettings.EnableOutgoingWebhooks", true)
	if n, _ := o.owed(); n != 0 {
		t.Errorf("%d are owed", n)
	}
	if _, err := o.conn.Exec(t.Context(), "delete from outgoing_hooks where id = $1", hook.ID); err != nil { // by another instance, a moment ago
		t.Fatal(err)
	}
	o.say(o.admin, o.public.ID, "five")
	if n, _ := o.owed(); n != 0 || o.last(o.public.ID, 1)[0].Message != "five" {
		t.Errorf("%d are owed", n)
	}
}
