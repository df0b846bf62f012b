package maintenance

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/tenants"
)

func parcel(url string) *tenants.Parcel {
	return &tenants.Parcel{Delivery: tenants.Delivery{Message: "aud_1", Body: []byte("{}")}, URL: url, Keys: [][]byte{{1}}}
}

func sender(t *testing.T) *Sender {
	t.Helper()
	return NewSender(loopback(t), prometheus.NewRegistry())
}

// TestNothingPrivateIsReached tries addresses and names of this machine, of its network, and of clouds' metadata.
func TestNothingPrivateIsReached(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	touch := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	plain, secure := httptest.NewServer(touch), httptest.NewTLSServer(touch)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	s := NewSender(nil, prometheus.NewRegistry())
	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	for _, url := range []string{plain.URL, secure.URL, "https://localhost:" + port, "https://127.0.0.1:" + port, "https://127.1.2.3:" + port, "https://[::ffff:127.0.0.1]:" + port,
		"https://[::1]:" + port, "https://0.0.0.0:" + port, "https://[::]:" + port, "https://10.0.0.1", "https://192.168.0.1", "https://172.16.0.1", "https://100.64.0.1",
		"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
		"https://224.0.0.1/", "https://255.255.255.255/", "http://1.1.1.1/"} {
		a := s.Send(t.Context(), parcel(url))
		if a.Outcome != tenants.AddressForbidden || strings.ContainsAny(a.Message, "0123456789") {
			t.Errorf("%s: %+v", url, a)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d arrived", n)
	}
}

// TestANameThatChangesItsMeaningGainsNothing resolves a name to loopback after it was judged by whatever came before.
func TestANameThatChangesItsMeaningGainsNothing(t *testing.T) {
	t.Parallel()
	private := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	t.Cleanup(private.Close)
	s := NewSender(nil, prometheus.NewRegistry())
	dialer := egress.Networks(nil).Dialer(sendWithin, true)
	s.encrypted.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, private.Listener.Addr().String()) // as a resolver would have it now
	}
	if a := s.Send(t.Context(), parcel("https://example.com/")); a.Outcome != tenants.AddressForbidden {
		t.Errorf("%+v", a)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	target, r := newReceiver(t), newReceiver(t)
	r.answers(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, target.URL, http.StatusTemporaryRedirect)
	})
	a := sender(t).Send(t.Context(), parcel(r.URL))
	if a.Outcome != tenants.Refused || a.Status != http.StatusTemporaryRedirect || !strings.Contains(a.Message, "not followed") || len(target.got) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestAnAnswerIsWaitedForOnlySoLong(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	hang := func(http.ResponseWriter, *http.Request) { <-over }
	r.answers(hang)
	s := sender(t)
	s.within = 100 * time.Millisecond
	if a := s.Send(t.Context(), parcel(r.URL)); a.Outcome != tenants.TimedOut || a.Status != 0 {
		t.Errorf("%+v", a)
	}
	// The status is there, the body never ends: that is an acknowledgement.
	r.answers(func(w http.ResponseWriter, req *http.Request) {
		_, _ = w.Write([]byte("thanks"))
		w.(http.Flusher).Flush()
		hang(w, req)
	})
	if a := s.Send(t.Context(), parcel(r.URL)); a.Outcome != tenants.Acknowledged || a.Answer != "thanks" {
		t.Errorf("%+v", a)
	}
	if n := testutil.ToFloat64(s.attempts.WithLabelValues("timed_out")); n != 1 {
		t.Errorf("counted %v", n)
	}
}

func TestOfAHugeAnswerLittleIsRead(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	broke := make(chan struct{})
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		defer close(broke)
		for chunk := make([]byte, 1<<16); ; {
			if _, err := w.Write(chunk); err != nil { // we hung up
				return
			}
		}
	})
	a := sender(t).Send(t.Context(), parcel(r.URL))
	if a.Outcome != tenants.Acknowledged || len(a.Answer) != answerMost {
		t.Errorf("%s, %d bytes", a.Outcome, len(a.Answer))
	}
	<-broke
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", headersMost+8<<10))
	})
	if a := sender(t).Send(t.Context(), parcel(r.URL)); a.Outcome != tenants.Unreachable {
		t.Errorf("%+v", a.Outcome)
	}
}

func TestWhyThereIsNoAnswerIsSaidWithoutOurNetwork(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	hangUp := newReceiver(t)
	hangUp.answers(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	strange := httptest.NewTLSServer(nil)
	t.Cleanup(strange.Close)
	for url, want := range map[string]string{
		closed.URL:                  "connection refused",
		hangUp.URL:                  "hung up without an answer",
		strange.URL:                 "certificate is not to be trusted",
		"https://nowhere.invalid/":  "name can't be resolved",
		"http://" + strange.URL[8:]: "", // plain to a server that wants TLS: 400
		"https://" + hangUp.URL[7:]: "did not answer as a web server does",
		"https://exa mple.com/":     "the URL is not usable",
	} {
		a := sender(t).Send(t.Context(), parcel(url))
		if a.Outcome == tenants.Acknowledged || !strings.Contains(a.Message, want) || strings.Contains(a.Message, "127.0.0.1") || strings.Contains(a.Message, " on ") {
			t.Errorf("%s: %+v, want %q", url, a, want)
		}
	}
}

func TestEncryptedReceiversAreReached(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(secure.Close)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	s := sender(t)
	s.encrypted = client(loopback(t), true, roots)
	if a := s.Send(t.Context(), parcel(secure.URL)); a.Outcome != tenants.Acknowledged || a.Status != http.StatusNoContent {
		t.Errorf("%+v", a)
	}
}
