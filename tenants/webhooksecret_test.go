package tenants

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestSecretsOfWebhooksAreSealedAndOverlap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	hooks := b.hooks()
	hook, first, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
	b.must(err)
	keys := func() [][]byte {
		_, err := hooks.Test(t.Context(), p, done.Tenant.ID, hook.ID)
		b.must(err)
		claims, err := hooks.Claim(t.Context(), "courier", false, 1)
		b.must(err)
		parcel, err := hooks.Next(t.Context(), claims[0])
		b.must(err)
		b.must(hooks.Record(t.Context(), claims[0], parcel.Delivery, Attempt{At: b.now(), Outcome: Acknowledged, Status: 200, Answer: "\x00\xff"}))
		b.must(hooks.Release(t.Context(), claims[0], 0))
		return parcel.Keys
	}
	before := keys()
	changed, next, err := hooks.RotateSecret(t.Context(), p, done.Tenant.ID, hook.ID, time.Hour)
	b.must(err)
	if changed.PreviousSecret == nil || !changed.PreviousSecret.Equal(b.now().Add(time.Hour)) {
		t.Errorf("%+v", changed)
	}
	if during := keys(); len(before) != 1 || len(during) != 2 || !bytes.Equal(during[1], before[0]) || bytes.Equal(during[0], before[0]) {
		t.Errorf("%x, then %x", before, during)
	}
	b.move(time.Hour)
	if after := keys(); len(after) != 1 || bytes.Equal(after[0], before[0]) {
		t.Errorf("%x", after)
	}
	var kept string
	b.must(b.pool.QueryRow(t.Context(), "select string_agg(w::text || encode(w.secret, 'escape'), '') from webhooks w").Scan(&kept))
	for _, secret := range []string{first, next} {
		if strings.Contains(kept, strings.TrimPrefix(secret, "whsec_")) {
			t.Error("the database holds a secret")
		}
	}
}

func TestASecretThatIsMovedToAnotherWebhookSignsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	hooks := b.hooks()
	for range 2 {
		_, _, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
		b.must(err)
	}
	_, err := b.pool.Exec(t.Context(), "update webhooks set secret = (select secret from webhooks order by id limit 1)")
	b.must(err)
	list, err := hooks.List(t.Context(), done.Tenant.ID, Page{Limit: 1})
	b.must(err)
	_, err = hooks.Test(t.Context(), p, done.Tenant.ID, list[0].ID)
	b.must(err)
	claims, err := hooks.Claim(t.Context(), "courier", false, 1)
	b.must(err)
	if _, err := hooks.Next(t.Context(), claims[0]); err == nil {
		t.Error("it signs")
	}
}
