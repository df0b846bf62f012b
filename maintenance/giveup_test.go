package maintenance

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// enable changes whether a webhook is told anything.
func (b *bundle) enable(hook tenants.Webhook, enabled bool) {
	b.t.Helper()
	_, err := b.hooks.Update(b.t.Context(), b.owner, b.tenant, hook.ID, tenants.WebhookChange{Enabled: &enabled})
	b.must(err)
}

func TestNoWebhookIsDisabledByAClockThatLeapt(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	r.answers(status(http.StatusBadGateway))
	b.happen("a")
	for range 3 {
		b.round(b.courier)
		b.put(30 * 24 * time.Hour)
	}
	if h := b.webhook(hook.ID); !h.Enabled || len(r.got) != 3 {
		t.Errorf("after %d attempts: %+v", len(r.got), h)
	}
}

func TestAfterThreeDaysOfFailuresAWebhookIsDisabledAndGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	b, r, other := setup(t), newReceiver(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	watcher, _, err := b.hooks.Create(t.Context(), b.owner, b.tenant, tenants.NewWebhook{URL: other.URL, Events: []string{"webhook.disable"}, Enabled: true})
	b.must(err)
	r.answers(status(http.StatusBadGateway))
	b.happen("a", "b")
	began, tries := b.now(), 0
	for b.webhook(hook.ID).Enabled {
		b.round(b.courier)
		if tries++; tries > 40 {
			t.Fatal("it is never given up")
		}
		if at := b.webhook(hook.ID).RetryAt; at != nil {
			b.move(at.Sub(b.now()))
		}
	}
	if took := b.now().Sub(began); took < 72*time.Hour || took > 90*time.Hour {
		t.Errorf("it was given up after %s", took)
	}
	if h := b.webhook(hook.ID); h.Disabled != tenants.DisabledFailing {
		t.Errorf("%+v", h)
	}
	b.seal()
	b.round(b.courier)
	if list := b.deliveries(watcher.ID, tenants.Delivered); len(list) != 1 {
		t.Errorf("the others were told %d times", len(list))
	}
	b.happen("c")
	sent := len(r.got)
	b.move(time.Hour)
	b.round(b.courier)
	if len(r.got) != sent {
		t.Error("a disabled webhook was sent something")
	}
	r.answers(nil)
	b.enable(hook, true)
	b.round(b.courier)
	b.round(b.courier)
	if got := r.names()[2*sent:]; got != "a b c" {
		t.Errorf("%q", got)
	}
}

func TestAReceiverThatIsGoneIsDisabledAtOnce(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	r.answers(status(http.StatusGone))
	b.happen("a", "b")
	b.round(b.courier)
	if h := b.webhook(hook.ID); h.Enabled || h.Disabled != tenants.DisabledGone || r.names() != "a" {
		t.Errorf("%+v %q", h, r.names())
	}
}

func TestAReceiverIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a")
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	b.round(b.courier)
	if at := b.webhook(hook.ID).RetryAt; at == nil || at.Sub(b.now()) != 10*time.Minute {
		t.Errorf("%v", at)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "99999999999": 7 * 24 * time.Hour, "9999999": 7 * 24 * time.Hour,
		"99999999999999999999": 7 * 24 * time.Hour, "-99999999999999999999": 0, "Fri, 31 Dec 9999 23:59:59 GMT": 7 * 24 * time.Hour,
		"Tue, 01 Jan 2030 00:01:00 GMT": time.Minute, "Tue, 01 Jan 2020 00:01:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestATestThatIsAcknowledgedEndsThePause(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	r.answers(status(http.StatusInternalServerError))
	b.happen("a")
	b.round(b.courier)
	test := func() tenants.Delivery {
		d, err := b.hooks.Test(t.Context(), b.owner, b.tenant, hook.ID)
		b.must(err)
		b.round(b.courier)
		d, _, err = b.hooks.Delivery(t.Context(), b.tenant, hook.ID, d.ID)
		b.must(err)
		return d
	}
	before := b.webhook(hook.ID).RetryAt
	if d := test(); d.State != tenants.DeliveryFailed || d.Attempts != 1 || d.Last.Status != http.StatusInternalServerError {
		t.Errorf("%+v", d)
	}
	if after := b.webhook(hook.ID).RetryAt; !after.Equal(*before) || r.names() != "a " {
		t.Errorf("a failed test changed the pause: %v, %v, %q", before, after, r.names())
	}
	r.answers(nil)
	if d := test(); d.State != tenants.Delivered {
		t.Errorf("%+v", d)
	}
	if got := r.names(); got != "a   a" {
		t.Errorf("%q", got)
	}
}

func TestADisabledWebhookCanBeTested(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, secret := b.hook(r.URL)
	b.enable(hook, false)
	b.happen("a")
	_, err := b.hooks.Test(t.Context(), b.owner, b.tenant, hook.ID)
	b.must(err)
	if _, err := b.hooks.Test(t.Context(), b.owner, b.tenant, hook.ID); err == nil {
		t.Error("two tests wait")
	}
	b.round(b.courier)
	if len(r.got) != 1 || r.names() != "" || !signed(t, r.last(), secret) {
		t.Errorf("%+v", r.got)
	}
}
