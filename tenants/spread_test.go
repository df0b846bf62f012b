package tenants

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAWebhookIsToldOnlyOfWhatItWants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		names  []string
		action string
		told   bool
	}{
		{nil, "token.create", true}, {[]string{"token.create"}, "token.create", true}, {[]string{"token.create"}, "token.revoke", false},
		{[]string{"token.*"}, "token.revoke", true}, {[]string{"member.set", "workspace.*"}, "workspace.running", true}, {[]string{"workspace.*"}, "member.set", false},
	} {
		if got := wanted(c.names, c.action); got != c.told {
			t.Errorf("%v, %s: %t", c.names, c.action, got)
		}
	}
}

// TestWebhooksAreOnlyToldOfTheirTenantsEvents has another tenant and the operator do things, too.
func TestWebhooksAreOnlyToldOfTheirTenantsEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	_, err := b.store.Seal(t.Context())
	b.must(err)
	hooks := b.hooks()
	hook, _, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
	b.must(err)
	b.signUp("other")
	_, err = b.store.EnsureOperator(t.Context(), "local")
	b.must(err)
	b.end(done.Operation, Succeeded)
	_, err = b.store.Seal(t.Context())
	b.must(err)
	backlog := func() WebhookBacklog {
		t.Helper()
		now, err := b.store.WebhookBacklog(t.Context())
		b.must(err)
		return now
	}
	b.move(10 * time.Minute)
	if before := backlog(); before.Due != 0 || before.Unwritten != 3 || before.Waiting < 10*time.Minute || before.Waiting > 11*time.Minute {
		t.Errorf("before a courier looks through the trail: %+v", before)
	}
	for n := 1; n > 0; {
		n, err = hooks.Spread(t.Context())
		b.must(err)
	}
	list, err := hooks.Deliveries(t.Context(), done.Tenant.ID, hook.ID, "", Page{Limit: 100})
	b.must(err)
	var events []string
	for _, d := range slices.Backward(list) {
		events = append(events, d.Event)
	}
	if got := strings.Join(events, " "); got != "webhook.create operation.succeeded workspace.running" {
		t.Errorf("%q", got)
	}
	if fresh := backlog(); fresh.Due != 3 || fresh.Unwritten != 0 || fresh.Waiting > time.Minute {
		t.Errorf("when they are written down: %+v", fresh)
	}
	b.move(10 * time.Minute)
	if old := backlog(); old.Waiting < 10*time.Minute || old.Waiting > 11*time.Minute {
		t.Errorf("while no courier comes: %+v", old)
	}
	_, err = hooks.Claim(t.Context(), "courier", false, 1)
	b.must(err)
	if taken := backlog(); taken.Due != 3 || taken.Waiting != 0 {
		t.Errorf("when a courier has it in hand: %+v", taken)
	}
}

// TestALongBacklogIsWrittenDownInParts has more events than one transaction takes, and skips what nobody wants.
func TestALongBacklogIsWrittenDownInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	hooks := b.hooks()
	hook, _, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Events: []string{"token.create"}, Enabled: true})
	b.must(err)
	_, err = b.pool.Exec(t.Context(), `insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		select gen_random_uuid(), now(), $1, 'a', case when n % 2 = 0 then 'token.create' else 'token.revoke' end, 's', '', '{}' from generate_series(1, $2) n`, done.Tenant.ID, 2*spreadEvents)
	b.must(err)
	for n := 1; n > 0; {
		n, err = b.store.Seal(t.Context())
		b.must(err)
	}
	passes := 0
	for n := 1; n > 0; passes++ {
		n, err = hooks.Spread(t.Context())
		b.must(err)
	}
	if n := b.count("webhook_deliveries where webhook_id = $1", hook.ID); n != spreadEvents || passes < 3 {
		t.Errorf("%d in %d passes", n, passes)
	}
	if n := b.count(`(select d.body, lag(convert_from(d.body, 'UTF8')::jsonb ->> 'place') over (order by d.position) as before,
		convert_from(d.body, 'UTF8')::jsonb ->> 'place' as place from webhook_deliveries d) x where before::bigint >= place::bigint`); n != 0 {
		t.Errorf("%d are out of order", n)
	}
}

// TestAnEventThatIsGoneKeepsNobodyBusy has somebody with all rights on the database take the last event away before webhooks
// were told of it.
func TestAnEventThatIsGoneKeepsNobodyBusy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	hooks := b.hooks()
	_, _, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
	b.must(err)
	_, err = b.store.Seal(t.Context())
	b.must(err)
	_, err = b.pool.Exec(t.Context(), "begin; set local session_replication_role = replica; delete from audit_events where action = 'webhook.create'; commit")
	b.must(err)
	n := 1
	for passes := 0; n > 0 && passes < 10; passes++ {
		n, err = hooks.Spread(t.Context())
		b.must(err)
	}
	if n != 0 {
		t.Error("it goes on for ever")
	}
}
