package maintenance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestEventsArriveSignedInTheirOrderAndAreLogged(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, secret := b.hook(r.URL)
	b.happen("a", "b", "c")
	b.round(b.courier)
	if got := r.names(); got != "a b c" {
		t.Fatalf("%q", got)
	}
	var event struct {
		ID, Type, Tenant string
		Timestamp        time.Time
		Place            int64
		Data             struct{ Actor, Subject string }
	}
	b.must(json.Unmarshal(r.last().body, &event))
	if event.ID != r.last().header.Get("webhook-id") || event.Type != "token.create" || event.Tenant != id.Show(id.Tenant, b.tenant) ||
		!event.Timestamp.Equal(b.now()) || event.Data.Actor != b.owner.Name() || !strings.HasPrefix(event.Data.Subject, "tok_") || event.Place == 0 {
		t.Errorf("%s", r.last().body)
	}
	for _, g := range r.got {
		if !signed(t, g, secret) {
			t.Errorf("%v is not signed", g.header)
		}
	}
	log := b.deliveries(hook.ID, tenants.Delivered)
	if len(log) != 3 || log[0].Attempts != 1 || log[0].Last.Outcome != tenants.Acknowledged || log[0].Last.Status != http.StatusOK {
		t.Errorf("%+v", log)
	}
}

// signed checks a message as Standard Webhooks tells receivers to, with nothing of ours.
func signed(t *testing.T, g received, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		t.Fatalf("%q: %v", secret, err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(g.header.Get("webhook-id") + "." + g.header.Get("webhook-timestamp") + "." + string(g.body)))
	for one := range strings.SplitSeq(g.header.Get("webhook-signature"), " ") {
		version, text, _ := strings.Cut(one, ",")
		if sum, err := base64.StdEncoding.DecodeString(text); version == "v1" && err == nil && hmac.Equal(sum, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// TestTheSignatureIsThatOfStandardWebhooks has the values that the libraries of the standard test themselves with.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := signature([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func TestAFailureHoldsUpWhatComesBehindItAndIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	hook, _ := b.hook(r.URL)
	b.happen("a", "b")
	r.answers(status(http.StatusInternalServerError))
	b.round(b.courier)
	b.round(b.courier)
	b.move(4 * time.Second)
	b.round(b.courier)
	if got := r.names(); got != "a" {
		t.Fatalf("%q", got)
	}
	first := r.last()
	b.happen("c")
	b.move(3 * time.Second)
	b.round(b.courier)
	if got := r.names(); got != "a a" || r.last().header.Get("webhook-id") != first.header.Get("webhook-id") || string(r.last().body) != string(first.body) {
		t.Fatalf("%q", got)
	}
	h := b.webhook(hook.ID)
	if h.FailingSince == nil || h.RetryAt == nil || h.RetryAt.Sub(b.now()) < 30*time.Second || h.RetryAt.Sub(b.now()) > 36*time.Second {
		t.Errorf("%+v", h)
	}
	r.answers(nil)
	b.move(time.Minute)
	b.round(b.courier)
	if got := r.names(); got != "a a a b c" {
		t.Errorf("%q", got)
	}
	if h := b.webhook(hook.ID); h.FailingSince != nil || h.RetryAt != nil {
		t.Errorf("%+v", h)
	}
}

func TestWhatADeadCourierHadInHandIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, owner := range []string{"dead", "alive"} {
		hook, _ := b.hook("http://127.0.0.1:9/" + owner)
		b.happen(owner)
		_, err := b.hooks.Spread(t.Context())
		b.must(err)
		claims, err := b.hooks.Claim(t.Context(), owner, false, 10)
		b.must(err)
		if len(claims) != 1 || claims[0].Webhook != hook.ID {
			t.Fatalf("%s claimed %v", owner, claims)
		}
	}
	b.must(b.hooks.FreeOf(t.Context(), func(owner string) bool { return owner == "dead" }))
	claims, err := b.hooks.Claim(t.Context(), "heir", false, 10)
	b.must(err)
	if len(claims) != 1 || b.webhook(claims[0].Webhook).URL != "http://127.0.0.1:9/dead" {
		t.Errorf("the heir claims %v", claims)
	}
}
