package maintenance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAMessageIsSentAgainBehindWhatWaits(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a")
	b.round(b.courier)
	old := b.deliveries(hook.ID, "")[0]
	first := r.last()
	r.answers(status(http.StatusInternalServerError))
	b.happen("b")
	b.round(b.courier)
	again, err := b.hooks.Replay(t.Context(), b.owner, b.tenant, hook.ID, old.ID)
	b.must(err)
	if again.ReplayOf == nil || *again.ReplayOf != old.ID || again.Message != old.Message {
		t.Errorf("%+v", again)
	}
	if _, err := b.hooks.Replay(t.Context(), b.owner, b.tenant, hook.ID, again.ID); err == nil || !strings.Contains(err.Error(), "waits for its turn") {
		t.Errorf("%v", err)
	}
	b.round(b.courier)
	if got := r.names(); got != "a b" {
		t.Fatalf("a replay does not end the pause: %q", got)
	}
	r.answers(nil)
	b.move(time.Minute)
	b.round(b.courier)
	if got := r.names(); got != "a b b a" || string(r.last().body) != string(first.body) || r.last().header.Get("webhook-id") != first.header.Get("webhook-id") {
		t.Errorf("%q", got)
	}
}

func TestEverythingSinceATimeIsSentAgainInItsOrder(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a")
	b.move(time.Minute)
	since := b.now()
	b.happen("b", "c")
	b.round(b.courier)
	r.answers(status(http.StatusInternalServerError))
	b.move(time.Minute)
	b.happen("d", "e")
	b.round(b.courier)
	b.must(b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, since))
	r.answers(nil)
	b.seal()
	b.move(time.Minute)
	b.round(b.courier)
	if got := r.names(); got != "a b c d b c d e" {
		t.Errorf("%q", got)
	}
	if n := len(b.deliveries(hook.ID, tenants.DeliveryReplaced)); n != 2 {
		t.Errorf("%d were replaced", n)
	}
}

// TestWhatWaitsFromBeforeTheTimeIsStillSent starts anew from between two events that wait.
func TestWhatWaitsFromBeforeTheTimeIsStillSent(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	r.answers(status(http.StatusInternalServerError))
	b.happen("a")
	b.move(time.Minute)
	since := b.now()
	b.happen("b")
	b.round(b.courier)
	b.must(b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, since))
	r.answers(nil)
	b.seal()
	b.move(time.Minute)
	b.round(b.courier)
	if got := r.names(); got != "a a b" {
		t.Errorf("%q", got)
	}
}

// TestALateCommitHidesNothingThatIsSentAgain has an event in the chain behind later ones, as it was committed after them.
func TestALateCommitHidesNothingThatIsSentAgain(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.move(time.Minute)
	b.happen("a")
	b.move(-30 * time.Second)
	b.happen("late")
	b.move(30 * time.Second)
	b.round(b.courier)
	b.must(b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, b.now()))
	b.round(b.courier)
	if got := r.names(); got != "a late a late" {
		t.Errorf("%q", got)
	}
}

// TestAnAnswerThatComesAfterAReplayChangesNothing has a message under way while everything is set back.
func TestAnAnswerThatComesAfterAReplayChangesNothing(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	since := b.now()
	b.happen("a")
	r.answers(func(http.ResponseWriter, *http.Request) {
		b.must(b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, since))
		r.answers(nil)
	})
	b.round(b.courier)
	b.round(b.courier)
	if got := r.names(); got != "a a" {
		t.Errorf("%q", got)
	}
	if len(b.deliveries(hook.ID, tenants.DeliveryReplaced)) != 1 || len(b.deliveries(hook.ID, tenants.Delivered)) != 1 {
		t.Errorf("%+v", b.deliveries(hook.ID, ""))
	}
}

func TestOnlyWhatIsKeptCanBeSentAgain(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	for _, at := range []time.Time{b.now().Add(time.Second), b.now().Add(-tenants.DeliveriesKept - time.Second), {}} {
		if err := b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, at); err == nil || !strings.Contains(err.Error(), "within the last 30 days") {
			t.Errorf("%s: %v", at, err)
		}
	}
	b.enable(hook, false)
	if err := b.hooks.ReplaySince(t.Context(), b.owner, b.tenant, hook.ID, b.now()); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("%v", err)
	}
}

func TestDeliveriesAreForgottenAfterThirtyDays(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a")
	b.round(b.courier)
	b.move(29 * 24 * time.Hour)
	b.happen("b")
	b.round(b.courier)
	b.move(2 * 24 * time.Hour)
	b.must(b.courier.forget(t.Context()))
	list := b.deliveries(hook.ID, "")
	if len(list) != 1 || !strings.Contains(string(list[0].Body), `"name":"b"`) && !strings.Contains(string(list[0].Body), `"name": "b"`) {
		t.Errorf("%+v", list)
	}
	var attempts int
	b.must(b.pool.QueryRow(t.Context(), "select count(*) from webhook_attempts").Scan(&attempts))
	if attempts != 1 {
		t.Errorf("%d attempts are kept", attempts)
	}
}
