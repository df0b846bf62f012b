package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// program is an integration on this machine, which counts what reaches it.
type program struct {
	url, port string
	reached   atomic.Int32
}

func start(t *testing.T, does http.HandlerFunc) *program {
	t.Helper()
	p := &program{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.reached.Add(1)
		does(w, r)
	}))
	t.Cleanup(web.Close)
	u, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.url, p.port = web.URL, u.Port()
	return p
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func client(t *testing.T, networks string, dial broker.Dial, hosts ...string) (*Client, *bytes.Buffer) {
	t.Helper()
	allowed, err := egress.ParseNetworks(networks)
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	c := NewClient(config.Integrations{Networks: allowed, Hosts: hosts, Within: 5 * time.Second}, dial, slog.New(slog.NewTextHandler(log, nil)))
	return c, log
}

func itself(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

func TestNothingInsideIsReachedThatTheOperatorDoesNotName(t *testing.T) {
	t.Parallel()
	p := start(t, says("inside"))
	for _, dial := range []broker.Dial{nil, itself} {
		c, log := client(t, "10.0.0.0/8", dial)
		for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST.", "0.0.0.0", "[::ffff:127.0.0.1]", "[::]", "127.1"} {
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				_, err := c.Do(t.Context(), Call{Method: method, URL: "http://" + host + ":" + p.port + "/secret?token=secret"})
				if !errors.Is(err, ErrForbidden) && (host != "127.1" && host != "LOCALHOST." && host != "[::]" || err == nil) {
					t.Errorf("%s is called with %v", host, err)
				}
			}
		}
		if p.reached.Load() != 0 || strings.Contains(log.String(), "secret") {
			t.Errorf("it was reached %d times, and logged is\n%s", p.reached.Load(), log)
		}
	}
}

func TestWhatTheOperatorNamesIsReached(t *testing.T) {
	t.Parallel()
	p := start(t, says("inside"))
	for _, dial := range []broker.Dial{nil, itself} {
		byNetwork, log := client(t, "127.0.0.0/8", dial)
		byName, _ := client(t, "", dial, "localhost")
		for c, host := range map[*Client]string{byNetwork: "127.0.0.1", byName: "LocalHost"} {
			got, err := c.Do(t.Context(), Call{For: "test", Method: http.MethodGet, URL: "http://" + host + ":" + p.port + "/secret"})
			if err != nil || !got.OK() || string(got.Body) != "inside" {
				t.Errorf("%s answers %+v (%v)", host, got, err)
			}
		}
		if line := log.String(); !strings.Contains(line, "host=127.0.0.1:"+p.port) || !strings.Contains(line, "status=200") || !strings.Contains(line, "seconds=") || strings.Contains(line, "secret") {
			t.Errorf("logged is %s", line)
		}
		if _, err := byName.Do(t.Context(), Call{Method: http.MethodGet, URL: p.url}); !errors.Is(err, ErrForbidden) {
			t.Errorf("what is named localhost is reached by its address: %v", err)
		}
	}
}

func TestARedirectLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	inside := start(t, says("inside"))
	var kept http.Header
	allowed := start(t, func(w http.ResponseWriter, r *http.Request) { kept = r.Header; _, _ = io.WriteString(w, "here") })
	for to, want := range map[string]int32{"http://127.0.0.1:" + inside.port: 0, "http://[::ffff:127.0.0.1]:" + inside.port: 0, "http://localhost:" + allowed.port: 1} {
		from := start(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) })
		c, _ := client(t, "", nil, "localhost")
		at := "http://localhost:" + from.port + "/?token=secret"
		_, err := c.Do(t.Context(), Call{Method: http.MethodGet, URL: at, Header: http.Header{"Authorization": {"Token secret"}}})
		if (want == 0) != errors.Is(err, ErrForbidden) || inside.reached.Load() != 0 || want == 1 && (allowed.reached.Load() != 1 || kept.Get("Referer")+kept.Get("Authorization") != "") {
			t.Errorf("%s: %v, %d, %d %v", to, err, inside.reached.Load(), allowed.reached.Load(), kept)
		}
		got, err := c.Do(t.Context(), Call{Method: http.MethodPost, URL: at, Body: []byte("x")})
		if err != nil || got.Status != http.StatusTemporaryRedirect || allowed.reached.Load() > 1 {
			t.Errorf("what is posted goes on: %+v (%v)", got, err)
		}
	}
	var loop *program
	loop = start(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, loop.url, http.StatusFound) })
	c, _ := client(t, "127.0.0.0/8", nil)
	if got, err := c.Do(t.Context(), Call{Method: http.MethodGet, URL: loop.url}); err != nil || got.Status != http.StatusFound || loop.reached.Load() != mostRedirects+1 {
		t.Errorf("without end: %+v (%v), %d", got, err, loop.reached.Load())
	}
}

func TestNobodyWaitsForATurnForEver(t *testing.T) {
	t.Parallel()
	full := make(turns, 1)
	if err := full.take(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := full.take(t.Context(), time.Millisecond); !errors.Is(err, errBusy) {
		t.Errorf("without a turn: %v", err)
	}
}

func TestTheOperatorIsToldOfACallThatGetsNoTurn(t *testing.T) {
	t.Parallel()
	c, log := client(t, "", nil)
	for range mostAtATime {
		c.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, Call{For: "test", Method: http.MethodPost, URL: "http://there.example/secret"}); err == nil || !strings.Contains(log.String(), "host=there.example") || strings.Contains(log.String(), "secret") {
		t.Errorf("%v, and logged is %s", err, log)
	}
}

// Whoever calls addresses that nobody answers at, and doesn't wait for them, leaves room for the connections to the database.
func TestFewConnectionsAreOpenedAtATime(t *testing.T) {
	t.Parallel()
	var dialled, most atomic.Int32
	goOn := make(chan struct{})
	c, _ := client(t, "", func(context.Context, string, string) (net.Conn, error) {
		now := dialled.Add(1)
		defer dialled.Add(-1)
		for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
		}
		<-goOn
		return nil, syscall.ECONNREFUSED
	})
	var calls sync.WaitGroup
	ctx, leave := context.WithCancel(t.Context())
	for range mostAtATime {
		calls.Go(func() { _, _ = c.Do(ctx, Call{Method: http.MethodPost, URL: "http://there.example"}) })
	}
	for dialled.Load() < mostDialled {
		<-time.After(time.Millisecond)
	}
	leave()
	calls.Wait()
	waits := time.AfterFunc(20*time.Millisecond, func() { close(goOn) })
	defer waits.Stop()
	if _, err := c.Do(t.Context(), Call{Method: http.MethodPost, URL: "http://there.example"}); !errors.Is(err, syscall.ECONNREFUSED) || most.Load() != mostDialled {
		t.Errorf("%d at a time: %v", most.Load(), err)
	}
}

func TestAnIntegrationTakesNeitherTimeNorRoom(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	slow := start(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done(); close(ended) })
	c, _ := client(t, "127.0.0.1", nil)
	c.http.Timeout = 50 * time.Millisecond
	var timeout net.Error
	if _, err := c.Do(t.Context(), Call{Method: http.MethodGet, URL: slow.url}); !errors.As(err, &timeout) || !timeout.Timeout() || slow.reached.Load() != 1 {
		t.Errorf("%v after %d", err, slow.reached.Load())
	}
	<-ended
	c, _ = client(t, "127.0.0.1", nil)
	for size, want := range map[int]error{longestAnswer: nil, longestAnswer + 1: errLong} {
		p := start(t, says(strings.Repeat("x", size)))
		if got, err := c.Do(t.Context(), Call{Method: http.MethodGet, URL: p.url}); !errors.Is(err, want) || err == nil && len(got.Body) != size {
			t.Errorf("%d bytes: %d (%v)", size, len(got.Body), err)
		}
	}
}
