package maintenance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TestACourierThatDiesIsReplacedAndNothingIsLost leaves a message sent and not written down.
func TestACourierThatDiesIsReplacedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a", "b")
	b.must(b.courier.spread(t.Context()))
	claims, err := b.hooks.Claim(t.Context(), "dead", false, 9)
	b.must(err)
	p, err := b.hooks.Next(t.Context(), claims[0])
	b.must(err)
	sent := b.courier.quick.sender.Send(t.Context(), p)
	b.round(b.courier)
	if got := r.names(); got != "a" {
		t.Fatalf("somebody else sent, too: %q", got)
	}
	_, err = b.pool.Exec(t.Context(), "update webhooks set lease_until = clock_timestamp() - interval '1 second'")
	b.must(err)
	b.round(b.newCourier("alive"))
	if got := r.names(); got != "a a b" {
		t.Errorf("%q", got)
	}
	if err := b.hooks.Record(t.Context(), claims[0], p.Delivery, sent); !errors.Is(err, tenants.ErrLeaseLost) {
		t.Errorf("the dead one wrote: %v", err)
	}
	if _, err := b.hooks.Next(t.Context(), claims[0]); !errors.Is(err, tenants.ErrLeaseLost) {
		t.Errorf("the dead one went on: %v", err)
	}
	if list := b.deliveries(hook.ID, tenants.Delivered); len(list) != 2 || list[1].Attempts != 1 {
		t.Errorf("%+v", list)
	}
}

// TestManyCouriersKeepTheOrder has three of them serve a receiver that refuses each third request, and counts who is there
// at once.
func TestManyCouriersKeepTheOrder(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	var mu sync.Mutex
	var there, requests int
	var acknowledged []string
	r.answers(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if there++; there > 1 {
			t.Error("two requests at once")
		}
		requests++
		if requests%3 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		} else {
			acknowledged = append(acknowledged, req.Header.Get("webhook-id"))
		}
		there--
	})
	var want []string
	for i := range 30 {
		b.happen(fmt.Sprint(i))
	}
	couriers := []*Courier{b.newCourier("a"), b.newCourier("b"), b.newCourier("c")}
	for len(b.deliveries(hook.ID, tenants.Delivered)) < 30 {
		var working sync.WaitGroup
		for _, c := range couriers {
			working.Go(func() { b.round(c) })
		}
		working.Wait()
		b.move(time.Hour)
		mu.Lock()
		if requests > 200 {
			t.Fatal("it does not end")
		}
		mu.Unlock()
	}
	list := b.deliveries(hook.ID, "")
	mu.Lock()
	defer mu.Unlock()
	for i := range list {
		want = append(want, list[len(list)-1-i].Message)
	}
	if strings.Join(acknowledged, " ") != strings.Join(want, " ") {
		t.Errorf("acknowledged %v\nwant %v", acknowledged, want)
	}
}

func TestASlowReceiverDelaysNobody(t *testing.T) {
	t.Parallel()
	b, slow := setup(t), newReceiver(t)
	over, came := make(chan struct{}), make(chan struct{})
	finish, hears := sync.OnceFunc(func() { close(over) }), sync.OnceFunc(func() { close(came) })
	t.Cleanup(finish)
	slow.answers(func(http.ResponseWriter, *http.Request) {
		hears()
		<-over
	})
	var quick []*receiver
	b.hook(slow.URL)
	for range 5 {
		r := newReceiver(t)
		b.hook(r.URL)
		quick = append(quick, r)
	}
	b.happen("a")
	b.must(b.courier.spread(t.Context()))
	var under sync.WaitGroup
	b.must(b.courier.quick.deliver(t.Context(), &under))
	<-came
	for _, r := range quick {
		eventually(t, "the others are told", func() bool { return r.names() == "a" })
	}
	b.happen("b")
	for _, r := range quick { // their claims may not be given back yet, and a spread passes over those that are being worked on
		eventually(t, "the others are told again", func() bool {
			b.must(b.courier.spread(t.Context()))
			b.must(b.courier.quick.deliver(t.Context(), &under))
			return r.names() == "a b"
		})
	}
	if slow.names() != "a" {
		t.Errorf("%q", slow.names())
	}
	finish()
	under.Wait()
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not in time: " + what)
		}
	}
}

// TestNothingIsToldBeforeItIsCommittedAndNothingIsLost has a transaction that began first end last.
func TestNothingIsToldBeforeItIsCommittedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	b.hook(r.URL)
	tx, err := b.pool.Begin(t.Context())
	b.must(err)
	_, err = tx.Exec(t.Context(), `insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		values ('00000000-0000-7000-8000-000000000001', now(), $1, 'late', 'token.create', 'tok_x', '', '{"name": "late"}')`, b.tenant)
	b.must(err)
	b.happen("early")
	b.round(b.courier)
	if got := r.names(); got != "early" {
		t.Fatalf("%q", got)
	}
	b.must(tx.Commit(t.Context()))
	b.seal()
	b.round(b.courier)
	if got := r.names(); got != "early late" {
		t.Errorf("%q", got)
	}
}

// TestACourierThatIsToldToEndFinishesWhatItBegan stops one while a receiver thinks.
func TestACourierThatIsToldToEndFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	ctx, cancel := context.WithCancel(t.Context())
	r.answers(func(http.ResponseWriter, *http.Request) { cancel() })
	b.happen("a", "b")
	b.courier.Run(ctx)
	if got := r.names(); got != "a" {
		t.Errorf("%q", got)
	}
	if n := len(b.deliveries(hook.ID, tenants.Delivered)); n != 1 {
		t.Errorf("%d are written down", n)
	}
	r.answers(nil)
	b.round(b.newCourier("next"))
	if got := r.names(); got != "a b" {
		t.Errorf("the next one has to wait: %q", got)
	}
}
