package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// onWebhook is a write on a webhook, to which something was delivered.
func onWebhook(verb string, body any) func(b *bundle) wish {
	return func(b *bundle) wish {
		owner := b.signUp("engines")
		hook, delivery := b.webhook(owner.Tenant.ID, owner.Token)
		_, err := b.pool.Exec(b.t.Context(), "update webhook_deliveries set test = false, state = 'delivered', finished_at = now()")
		b.must(err)
		return wish{"/tenants/" + owner.Tenant.ID + "/webhooks/" + hook + strings.ReplaceAll(verb, "{delivery}", delivery), owner.Token, body}
	}
}

// webhook makes one, and has a test sent to it.
func (b *bundle) webhook(tenant, token string) (hook, delivery string) {
	b.t.Helper()
	var made CreatedWebhook
	b.want(http.StatusCreated, post, "/tenants/"+tenant+"/webhooks", token, WebhookBody{URL: "https://example.com/in"}).into(b.t, &made)
	var test Delivery
	b.want(http.StatusAccepted, post, "/tenants/"+tenant+"/webhooks/"+made.Webhook.ID+"/test", token, nil).into(b.t, &test)
	return made.Webhook.ID, test.ID
}

func TestTheSecretOfAWebhookIsShownOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	ask := func() (made CreatedWebhook) {
		b.want(http.StatusCreated, post, "/tenants/"+done.Tenant.ID+"/webhooks", done.Token, WebhookBody{URL: "https://example.com/in"}, keyHeader, "once").into(t, &made)
		return made
	}
	first, second := ask(), ask()
	if first.Secret == "" || second.Secret != "" || second.Webhook.ID != first.Webhook.ID || second.Webhook.URL != first.Webhook.URL {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestWhatWebhooksWaitForIsCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.webhook(done.Tenant.ID, done.Token)
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewGauges(b.store, b.server.log))
	want := `
		# HELP longhouse_webhook_deliveries_due Messages to webhooks that could go out now; not those that wait for a receiver that failed.
		# TYPE longhouse_webhook_deliveries_due gauge
		longhouse_webhook_deliveries_due 1
		# HELP longhouse_webhook_unwritten_events Sealed events that couriers have not looked through yet, for each webhook that may want them.
		# TYPE longhouse_webhook_unwritten_events gauge
		longhouse_webhook_unwritten_events 0
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "longhouse_webhook_deliveries_due", "longhouse_webhook_unwritten_events"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "longhouse_webhook_courier_wait_seconds"); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestAWebhooksLife(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/tenants/" + done.Tenant.ID + "/webhooks"
	var made CreatedWebhook
	b.want(http.StatusCreated, post, at, done.Token, WebhookBody{URL: "https://example.com/in?key=1", Description: " ours ", Events: []string{"workspace.*", "token.create"}}).into(t, &made)
	if h := made.Webhook; !strings.HasPrefix(made.Secret, "whsec_") || !h.Enabled || h.Description != "ours" || strings.Join(h.Events, " ") != "token.create workspace.*" {
		t.Errorf("%+v", made)
	}
	one := at + "/" + made.Webhook.ID
	no, all := false, []string{}
	var changed Webhook
	b.want(http.StatusOK, put, one, done.Token, WebhookChange{Enabled: &no, Events: &all}).into(t, &changed)
	if changed.Enabled || changed.DisabledReason != "asked" || len(changed.Events) != 0 || changed.URL != "https://example.com/in?key=1" {
		t.Errorf("%+v", changed)
	}
	var rotated CreatedWebhook
	b.want(http.StatusOK, post, one+"/rotate-secret", done.Token, nil).into(t, &rotated)
	if rotated.Secret == made.Secret || rotated.Secret == "" || rotated.Webhook.OldSecretUntil == nil {
		t.Errorf("%+v", rotated)
	}
	var list List[Webhook]
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].ID != made.Webhook.ID {
		t.Errorf("%+v", list)
	}
	b.want(http.StatusNoContent, remove, one, done.Token, nil)
	b.want(http.StatusNotFound, get, one, done.Token, nil)
	if strings.Contains(b.log.String(), "key=1") || strings.Contains(b.log.String(), made.Secret) {
		t.Error("the log holds what is secret")
	}
}
