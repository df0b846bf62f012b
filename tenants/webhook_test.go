package tenants

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/egress"
)

// hooks are webhooks that may go to one network beside the public internet.
func (b *bundle) hooks() *Webhooks {
	b.t.Helper()
	networks, err := egress.ParseNetworks("10.1.0.0/16")
	b.must(err)
	return b.store.Webhooks([32]byte{1}, networks)
}

func TestURLsThatAreNeverCalledAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hooks, closed := b.hooks(), b.store.Webhooks([32]byte{1}, nil)
	for text, want := range map[string]string{
		"":                                 "not an address on the web",
		"example.com/in":                   "not an address on the web",
		"https:///in":                      "not an address on the web",
		"https:example.com":                "not an address on the web",
		"https://[::1":                     "not an address on the web",
		"ftp://example.com/":               "not encrypted",
		"javascript:alert(1)":              "not an address on the web",
		"https://ada:secret@example.com/":  "has a name or password in it",
		"https://example.com/#top":         "has a fragment",
		"https://example.com/#":            "has a fragment",
		"https://exämple.com/":             "must be encoded",
		"https://example.com/a b":          "must be encoded",
		"https://example.com:0/":           "port that is not from 1 to 65535",
		"https://example.com:65536/":       "port that is not from 1 to 65535",
		"https://127.0.0.1/":               "private, local or reserved",
		"https://[::ffff:169.254.169.254]": "private, local or reserved",
		"https://10.2.0.1/":                "private, local or reserved",
		"http://1.1.1.1/":                  "not encrypted",
		"https://example.com/" + strings.Repeat("a", 2048): "longer than 2048 bytes",
	} {
		err := hooks.checkURL(text)
		b.refused(err, Invalid, want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v tells a secret", err)
		}
	}
	for _, good := range []string{"https://example.com", "https://example.com:8443/in?key=1", "https://1.1.1.1/", "http://10.1.2.3:80/x", "http://hooks.internal/x", "https://[2606:4700::1111]/"} {
		b.must(hooks.checkURL(good))
	}
	b.refused(closed.checkURL("http://hooks.internal/x"), Invalid, "not encrypted")
}

func TestWishesForWebhooksAreJudged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	for want, n := range map[string]NewWebhook{
		`no event "workspace.explode"; allowed are`:    {Events: []string{"workspace.explode"}},
		`no event "tok.*"`:                             {Events: []string{"tok.*"}},
		`no event "*"`:                                 {Events: []string{"*"}},
		`no event "test"`:                              {Events: []string{"test"}},
		"there are 51 events; 50 are allowed":          {Events: slices.Repeat([]string{"token.create"}, 51)},
		"the description must be at most 200":          {Description: strings.Repeat("ä", 201)},
		"the description must be at most 200 characte": {Description: "a\nb"},
	} {
		n.URL = "https://example.com"
		_, _, err := b.hooks().Create(t.Context(), p, done.Tenant.ID, n)
		b.refused(err, Invalid, want)
	}
	if n := b.count("webhooks"); n != 0 {
		t.Errorf("%d were made", n)
	}
}

func TestATenantHasTenWebhooksAlsoWhenTheyAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	var made sync.WaitGroup
	for range 14 {
		made.Go(func() {
			_, _, _ = b.hooks().Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
		})
	}
	made.Wait()
	if n := b.count("webhooks"); n != webhooksAllowed {
		t.Errorf("%d", n)
	}
}

func TestAWebhookIsItsTenantsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	other, stranger := b.signUp("other")
	hooks := b.hooks()
	hook, _, err := hooks.Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
	b.must(err)
	d, err := hooks.Test(t.Context(), p, done.Tenant.ID, hook.ID)
	b.must(err)
	theirs, _, err := hooks.Create(t.Context(), stranger, other.Tenant.ID, NewWebhook{URL: "https://example.com", Enabled: true})
	b.must(err)
	foreign := other.Tenant.ID
	errs := map[string]error{
		"update": second(hooks.Update(t.Context(), stranger, foreign, hook.ID, WebhookChange{})),
		"remove": hooks.Remove(t.Context(), stranger, foreign, hook.ID),
		"get":    second(hooks.Webhook(t.Context(), foreign, hook.ID)),
		"test":   second(hooks.Test(t.Context(), stranger, foreign, hook.ID)),
		"since":  hooks.ReplaySince(t.Context(), stranger, foreign, hook.ID, b.now()),
		"log":    second(hooks.Deliveries(t.Context(), foreign, hook.ID, "", Page{Limit: 1})),
		"replay": second(hooks.Replay(t.Context(), stranger, foreign, theirs.ID, d.ID)),
	}
	_, _, errs["rotate"] = hooks.RotateSecret(t.Context(), stranger, foreign, hook.ID, 0)
	_, _, errs["delivery"] = hooks.Delivery(t.Context(), foreign, theirs.ID, d.ID)
	for what, err := range errs {
		if err == nil {
			t.Errorf("%s of a foreign webhook is possible", what)
			continue
		}
		b.refused(err, NotFound, "there is no such")
	}
}

func second[T any](_ T, err error) error { return err }
