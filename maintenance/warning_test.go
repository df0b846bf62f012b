package maintenance

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// member makes a person a member of the tenant.
func (b *bundle) member(name string, role tenants.Role) uuid.UUID {
	b.t.Helper()
	_, p := b.signUp(name)
	_, secret, err := b.store.NewConfirmation(b.t.Context(), p.Person)
	b.must(err)
	b.must(b.store.Confirm(b.t.Context(), secret))
	if role != "" {
		_, err = b.store.SetMember(b.t.Context(), b.owner, b.tenant, name+"@example.com", role)
		b.must(err)
	}
	return p.Person
}

func TestThoseWhoMayChangeAWebhookGetAMailWhenItIsGivenUp(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	r.answers(status(http.StatusGone))
	admin := b.member("admin-ada", tenants.Admin)
	b.member("owner-ada", tenants.Owner)
	b.member("auditor-ada", tenants.Auditor)
	b.member("stranger-ada", "")
	hook, _ := b.hook(r.URL + "/secret")
	b.happen("a")
	b.round(b.courier)
	told := map[string]uuid.UUID{}
	for _, id := range b.queue.ids[tenants.TopicWebhookWarning] {
		w, err := b.store.WebhookWarning(t.Context(), id)
		b.must(err)
		at, err := url.Parse(r.URL)
		b.must(err)
		if w.Tenant != "engines" || w.Webhook.ID != hook.ID || w.Webhook.Disabled != tenants.DisabledGone || w.Host != at.Host || !w.FailingSince.Equal(b.now()) {
			t.Errorf("%+v", w)
		}
		told[w.To] = id
	}
	// engines@example.com, who made the tenant, never confirmed the address.
	if len(told) != 2 || told["admin-ada@example.com"] == uuid.Nil || told["owner-ada@example.com"] == uuid.Nil {
		t.Fatalf("%v", told)
	}
	moot := func(id uuid.UUID) bool {
		w, err := b.store.WebhookWarning(t.Context(), id)
		b.must(err)
		return w == nil
	}
	b.must(b.store.RemoveMember(t.Context(), b.owner, b.tenant, admin))
	if !moot(told["admin-ada@example.com"]) || moot(told["owner-ada@example.com"]) {
		t.Error("who left is told, or who stayed is not")
	}
	b.must(b.store.ForgetWebhookWarning(t.Context(), told["owner-ada@example.com"]))
	if !moot(told["owner-ada@example.com"]) {
		t.Error("it is told twice")
	}
}

func TestAWebhookThatIsEnabledAgainNeedsNoWarning(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	r.answers(status(http.StatusGone))
	b.member("owner-ada", tenants.Owner)
	hook, _ := b.hook(r.URL)
	b.happen("a")
	b.round(b.courier)
	b.enable(hook, true)
	asked := slices.Clone(b.queue.ids[tenants.TopicWebhookWarning])
	if len(asked) != 1 {
		t.Fatalf("%v", asked)
	}
	if w, err := b.store.WebhookWarning(t.Context(), asked[0]); w != nil || err != nil {
		t.Errorf("%+v, %v", w, err)
	}
	b.move(tenants.DeliveriesKept + time.Second)
	b.must(b.courier.forget(t.Context()))
	var left int
	b.must(b.pool.QueryRow(t.Context(), "select count(*) from webhook_warnings").Scan(&left))
	if left != 0 {
		t.Errorf("%d warnings are kept for ever", left)
	}
}
