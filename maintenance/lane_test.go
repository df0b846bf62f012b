package maintenance

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// slowIs reports whether the database takes a webhook for a slow one.
func (b *bundle) slowIs(hook tenants.Webhook) (slow bool) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), "select slow from webhooks where id = $1", hook.ID).Scan(&slow))
	return slow
}

func TestAWebhookThatIsSlowChangesTheLaneAndComesBack(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	clock := &ticking{by: 2 * time.Second}
	b.courier.quick.sender.now = clock.now // the lanes have one sender
	b.happen("a", "b")
	b.must(b.courier.spread(t.Context()))
	var under sync.WaitGroup
	b.must(b.courier.quick.deliver(t.Context(), &under))
	under.Wait()
	if got := r.names(); got != "a" || !b.slowIs(hook) {
		t.Fatalf("it stayed: %q", got)
	}
	b.must(b.courier.quick.deliver(t.Context(), &under))
	under.Wait()
	if got := r.names(); got != "a" {
		t.Fatalf("it is served among the quick ones: %q", got)
	}
	clock.set(time.Millisecond)
	b.must(b.courier.slow.deliver(t.Context(), &under))
	under.Wait()
	if got := r.names(); got != "a b" || b.slowIs(hook) {
		t.Errorf("%q, slow %t", got, b.slowIs(hook))
	}
}

func TestAPanicLeavesOneWebhookAlone(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.courier.quick.sender.now = func() time.Time { panic("out of luck") }
	b.happen("a")
	b.must(b.courier.spread(t.Context()))
	var under sync.WaitGroup
	b.must(b.courier.quick.deliver(t.Context(), &under))
	under.Wait()
	var waits bool
	b.must(b.pool.QueryRow(t.Context(), "select lease_until is null and due_at > clock_timestamp() from webhooks where id = $1", hook.ID).Scan(&waits))
	if !waits || len(b.courier.quick.places) != 0 {
		t.Errorf("it is left alone for a while: %t; places taken: %d", waits, len(b.courier.quick.places))
	}
}

// ticking is a clock that goes on each time that somebody looks.
type ticking struct {
	mu sync.Mutex
	at time.Time
	by time.Duration
}

func (c *ticking) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(c.by)
	return c.at
}

func (c *ticking) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = by
}

// TestHoweverManyAreSlowTheOthersHavePlaces has more slow receivers than the courier has places in all.
func TestHoweverManyAreSlowTheOthersHavePlaces(t *testing.T) {
	t.Parallel()
	b, slow, quick := setup(t), newReceiver(t), newReceiver(t)
	over := make(chan struct{})
	slow.answers(func(http.ResponseWriter, *http.Request) { <-over })
	for range 5 {
		b.hook(slow.URL)
	}
	_, err := b.pool.Exec(t.Context(), "update webhooks set slow = true")
	b.must(err)
	b.hook(quick.URL)
	b.courier.quick.places, b.courier.slow.places = make(chan struct{}, 1), make(chan struct{}, 2)
	b.happen("a")
	b.must(b.courier.spread(t.Context()))
	var under sync.WaitGroup
	b.must(b.courier.slow.deliver(t.Context(), &under))
	eventually(t, "the slow ones hold their places", func() bool { return slow.names() == "a a" })
	b.must(b.courier.slow.deliver(t.Context(), &under))
	b.must(b.courier.quick.deliver(t.Context(), &under))
	eventually(t, "the quick one is told", func() bool { return quick.names() == "a" })
	if got := slow.names(); got != "a a" {
		t.Errorf("%q", got)
	}
	close(over)
	under.Wait()
}

// TestALongQueueIsServedInTurns has more messages than a webhook gets in a row, and another webhook that waits for the only
// place.
func TestALongQueueIsServedInTurns(t *testing.T) {
	t.Parallel()
	b, busy, other := setup(t), newReceiver(t), newReceiver(t)
	long, _ := b.hook(busy.URL)
	b.happen("a")
	b.must(b.courier.spread(t.Context()))
	_, err := b.pool.Exec(t.Context(), `insert into webhook_deliveries (id, webhook_id, message, event, body, state, created_at)
		select gen_random_uuid(), $1, n::text, 'token.create', '{}', 'waiting', now() from generate_series(1, $2) n`, long.ID, inARow)
	b.must(err)
	b.hook(other.URL)
	b.move(time.Second)
	b.happen("b")
	b.must(b.courier.spread(t.Context()))
	b.courier.quick.places = make(chan struct{}, 1)
	b.move(time.Second)
	for range 3 {
		var under sync.WaitGroup
		b.must(b.courier.quick.deliver(t.Context(), &under))
		under.Wait()
		b.move(time.Second)
	}
	if n, names := len(busy.got), other.names(); n != inARow+2 || names != "b" {
		t.Errorf("%d went to the one that waits longest, and %q to the other", n, names)
	}
}

// TestAWebhookThatCanNotBeServedIsLeftAloneForAWhile has a secret that nobody can open.
func TestAWebhookThatCanNotBeServedIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	said := &bytes.Buffer{}
	b.courier.quick.log = slog.New(slog.NewJSONHandler(said, nil))
	_, err := b.pool.Exec(t.Context(), "update webhooks set secret = sha256(secret)")
	b.must(err)
	b.happen("a")
	b.round(b.courier)
	var line struct{ Tenant, Webhook string }
	b.must(json.Unmarshal(said.Bytes(), &line)) // also where there are two
	if line.Tenant != id.Show(id.Tenant, hook.Tenant) || line.Webhook != id.Show(id.Webhook, hook.ID) {
		t.Errorf("%s", said)
	}
	for _, due := range []int{0, 1} {
		claims, err := b.hooks.Claim(t.Context(), "another", false, 1)
		if err != nil || len(claims) != due {
			t.Errorf("%d can be claimed, want %d: %v", len(claims), due, err)
		}
		b.move(troubled)
	}
}
