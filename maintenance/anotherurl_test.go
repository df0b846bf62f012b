package maintenance

import (
	"net/http"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

// move gives a webhook another URL.
func (b *bundle) moveTo(hook tenants.Webhook, url string) {
	b.t.Helper()
	_, err := b.hooks.Update(b.t.Context(), b.owner, b.tenant, hook.ID, tenants.WebhookChange{URL: &url})
	b.must(err)
}

func TestAnotherURLHasNotFailedYet(t *testing.T) {
	t.Parallel()
	b, ill, well := setup(t), newReceiver(t), newReceiver(t)
	hook, _ := b.hook(ill.URL)
	ill.answers(status(http.StatusInternalServerError))
	b.happen("a", "b")
	b.round(b.courier)
	if h := b.webhook(hook.ID); h.FailingSince == nil || h.RetryAt == nil {
		t.Fatalf("%+v", h)
	}
	same := "another description"
	_, err := b.hooks.Update(t.Context(), b.owner, b.tenant, hook.ID, tenants.WebhookChange{Description: &same, URL: &hook.URL})
	b.must(err)
	if h := b.webhook(hook.ID); h.FailingSince == nil || h.RetryAt == nil {
		t.Errorf("the same URL is forgiven: %+v", h)
	}
	b.moveTo(hook, well.URL)
	if h := b.webhook(hook.ID); h.FailingSince != nil || h.RetryAt != nil {
		t.Errorf("%+v", h)
	}
	b.round(b.courier)
	if got := well.names(); got != "a b" {
		t.Errorf("%q", got)
	}
}

// TestWhatAURLAnswersIsNotHeldAgainstTheNextOne changes the URL while the receiver is about to say that it is gone.
func TestWhatAURLAnswersIsNotHeldAgainstTheNextOne(t *testing.T) {
	t.Parallel()
	b, gone, next := setup(t), newReceiver(t), newReceiver(t)
	hook, _ := b.hook(gone.URL)
	gone.answers(func(w http.ResponseWriter, _ *http.Request) {
		b.moveTo(hook, next.URL)
		w.WriteHeader(http.StatusGone)
	})
	b.happen("a")
	b.must(b.courier.spread(t.Context()))
	var under sync.WaitGroup
	b.must(b.courier.quick.deliver(t.Context(), &under))
	under.Wait()
	if h := b.webhook(hook.ID); !h.Enabled || h.FailingSince != nil {
		t.Errorf("%+v", h)
	}
	b.round(b.courier)
	if got := next.names(); got != "a" {
		t.Errorf("%q", got)
	}
}
