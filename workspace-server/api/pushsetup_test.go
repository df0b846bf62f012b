package api_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// pushProxy stands where the outside world begins: it takes what the push proxy's protocol says, and nothing else.
type pushProxy struct {
	t *testing.T

	mu     sync.Mutex
	got    []wire.PushNotification
	says   func(wire.PushNotification) string // its status; nil: OK
	broken bool
}

func (p *pushProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.Path != "/api/v1/send_push" || r.Header.Get("Content-Type") != "application/json" {
		p.t.Errorf("the proxy was asked for %s %s as %s", r.Method, r.URL, r.Header.Get("Content-Type"))
	}
	var n wire.PushNotification
	read := json.NewDecoder(r.Body)
	read.DisallowUnknownFields()
	if err := read.Decode(&n); err != nil {
		p.t.Errorf("the proxy was told %v", err)
	}
	if p.broken {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	status := "OK"
	if p.says != nil {
		status = p.says(n)
	}
	if status == "OK" {
		p.got = append(p.got, n)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status})
}

// take is what came since it was asked last.
func (p *pushProxy) take() []wire.PushNotification {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.got
	p.got = nil
	return got
}

func (p *pushProxy) answer(says func(wire.PushNotification) string, broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says, p.broken = says, broken
}

// pushing is a workspace whose people have phones.
type pushing struct {
	*bundle
	proxy *pushProxy
	ahead time.Duration
}

func setupPush(t *testing.T, contents config.Contents, change ...func(*config.Settings)) *pushing {
	t.Helper()
	p := &pushing{proxy: &pushProxy{t: t}}
	web := httptest.NewServer(p.proxy)
	t.Cleanup(web.Close)
	address, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.bundle = setupWith(t, func(s *config.Settings) {
		s.Push = config.Push{Proxy: address, Contents: contents}
		for _, c := range change {
			c(s)
		}
	})
	p.api.Notify.Now = func() time.Time { return time.Now().Add(p.ahead) }
	p.phone(p.member, "ben")
	return p
}

// phone gives somebody's session a phone.
func (p *pushing) phone(of person, name string) {
	p.t.Helper()
	p.must(of, http.MethodPut, "/users/sessions/device", map[string]string{"device_id": "apple_rn-v2:" + name})
}

// pushes is what phones were told since it was asked last.
func (p *pushing) pushes() []wire.PushNotification {
	p.t.Helper()
	p.weigh()
	if _, err := p.api.Notify.SendPushes(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	if err := p.api.Notify.TellReadings(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	return p.proxy.take()
}

// weigh decides who is to be told.
func (b *bundle) weigh() {
	b.t.Helper()
	for more := true; more; {
		var err error
		if more, err = b.api.Notify.Weigh(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bundle) direct(from, to person) id.ID {
	b.t.Helper()
	return must[wire.Channel](b, from, http.MethodPost, "/channels/direct", []id.ID{from.id, to.id}).ID
}

func (b *bundle) wants(who person, props ...string) {
	b.t.Helper()
	m := map[string]string{}
	for i := 0; i < len(props); i += 2 {
		m[props[i]] = props[i+1]
	}
	b.must(who, http.MethodPut, "/users/me/patch", map[string]any{"notify_props": m})
}

// opened checks a push's signature as phones do, by the key that the configuration tells, and answers what it says.
func (b *bundle) opened(n wire.PushNotification) map[string]string {
	b.t.Helper()
	der, err := base64.StdEncoding.DecodeString(must[map[string]string](b, person{}, http.MethodGet, "/config/client?format=old", nil)["AsymmetricSigningPublicKey"])
	if err != nil {
		b.t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		b.t.Fatal(err)
	}
	parts := strings.Split(n.Signature, ".")
	if len(parts) != 3 {
		b.t.Fatalf("the signature is %q", n.Signature)
	}
	var raw [3][]byte
	for i, part := range parts {
		if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			b.t.Fatal(err)
		}
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])
	if string(raw[0]) != `{"alg":"ES256","typ":"JWT"}` || len(raw[2]) != 64 || !ecdsa.Verify(key.(*ecdsa.PublicKey), digest[:], r, s) {
		b.t.Fatalf("%s is not signed by the key", n.Signature)
	}
	var claims map[string]string
	if err := json.Unmarshal(raw[1], &claims); err != nil {
		b.t.Fatal(err)
	}
	return claims
}
