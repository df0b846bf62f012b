package edge

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// refusesQUIC asks over a connection that is to be made, and wants to hear at once that there is none.
func (r *secureRig) refusesQUIC() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	_, err := r.dialQUIC(ctx, friend, acmeHost, nil)
	var refused *quic.TransportError
	if !errors.As(err, &refused) || refused.ErrorCode != quic.ConnectionRefused {
		r.t.Errorf("who comes while the edge leaves: %v", err)
	}
}

// TestDrainFinishesRequestsOverHTTP3: what has come is answered, who comes is sent to TCP, and the port is free in the end.
func TestDrainFinishesRequestsOverHTTP3(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	entered, finish := make(chan struct{}, 2), make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/quick" {
			return
		}
		_, _ = io.WriteString(w, "begun ")
		_ = http.NewResponseController(w).Flush()
		entered <- struct{}{}
		<-finish
		_, _ = io.WriteString(w, "finished")
	})))
	r.startHTTP3(func(s *server) { s.farewell = 500 * time.Millisecond })
	client := r.http3Client(friend, "acme")
	answered := make(chan *answerOf, 1)
	go func() { answered <- ask(t, client, r.request(http.MethodGet, acmeHost, "/", nil)) }()
	<-entered
	over2 := r.secureClient(2, friend, "acme")
	late, err := over2.Do(r.request(http.MethodGet, acmeHost, "/", nil))
	must(t, err)
	<-entered
	defer late.Body.Close()

	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	eventually(t, "it leaves", r.server.http3.leaving.Load)
	r.refusesQUIC()
	// Who is connected is served until it has heard of it.
	if a := ask(t, client, r.request(http.MethodGet, acmeHost, "/quick", nil)); a.StatusCode != http.StatusOK || a.Header.Get("Connection") != "" || a.Header.Get("Alt-Svc") != "clear" {
		t.Errorf("who asks while the edge leaves is answered %d with %v", a.StatusCode, a.Header)
	}
	told := ask(t, r.secureClient(2, friend, "acme"), r.request(http.MethodGet, globexHost, "/", nil))
	if said := told.Header["Alt-Svc"]; len(said) != 1 || said[0] != "clear" {
		t.Errorf("who comes by TCP while the edge leaves is told %q", said)
	}
	eventually(t, "clients were told", func() bool { return r.server.http3.told.Load() != nil })
	r.refusesQUIC()
	close(finish)
	if a := <-answered; a.StatusCode != http.StatusOK || a.body != "begun finished" || a.err != nil {
		t.Errorf("answered %d %q, %v", a.StatusCode, a.body, a.err)
	}
	_, _ = io.Copy(io.Discard, late.Body)
	must(t, <-stopped)
	if strings.Contains(r.logs.String(), "cut off") {
		t.Error("the log tells of requests that were cut off")
	}
	taken, err := net.ListenPacket("udp", r.secureAddr())
	must(t, err)
	_ = taken.Close()
}

// TestWhoSaysNothingOverQUICDoesNotHoldTheEndUp: its connection is kept for a moment, and no longer.
func TestWhoSaysNothingOverQUICDoesNotHoldTheEndUp(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
	must(t, err)
	stream := r.sendSome(conn, 1<<10)
	must(t, stream.Close())
	if status := statusOf(stream); status != "200" {
		t.Fatalf("answered %q", status)
	}
	began := time.Now()
	must(t, r.stop())
	if took := time.Since(began); took > drainLimit/2 || strings.Contains(r.logs.String(), "cut off") {
		t.Errorf("it took %s to end", took)
	}
	soon(t, "the connection ends", conn.Context().Done())
}

func TestDrainOverHTTP3EndsInTime(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	acme := newSlowly()
	r.control.set(1, r.instance("acme", acme))
	r.startHTTP3(func(s *server) { s.drain = 100 * time.Millisecond })
	got := r.begin(r.http3Client(friend, "acme"), acme, "acme", "/poll", "friend")
	must(t, r.stop())
	hear(t, got, "broken")
	if !strings.Contains(r.logs.String(), "requests over HTTP/3 were cut off") {
		t.Error("the log doesn't say so")
	}
}

// sameListener returns another one for the same socket, as a successor is given it.
func sameListener(t *testing.T, l net.Listener) net.Listener {
	t.Helper()
	file, err := l.(*net.TCPListener).File()
	must(t, err)
	defer file.Close()
	same, err := net.FileListener(file)
	must(t, err)
	return same
}

// TestASuccessorOffersHTTP3WhenThePortIsFree: two on one listener, as when an edge is replaced.
func TestASuccessorOffersHTTP3WhenThePortIsFree(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	acme := newSlowly()
	r.control.set(1, r.instance("acme", acme))
	r.startHTTP3()
	client := r.http3Client(friend, "acme")
	got := r.begin(client, acme, "acme", "/poll", "friend")
	first := *r

	second := &secureRig{rig: &rig{t: t, dir: r.dir, control: r.control, config: r.config, logs: &logBuffer{}}, signer: r.signer}
	second.config.Log, second.config.AccessLog = slog.New(slog.NewJSONHandler(second.logs, nil)), second.logs
	second.config.Listener, second.config.TLS.Listener = sameListener(t, r.server.listener.Listener), sameListener(t, r.server.secure.listener.Listener)
	second.start()
	second.waitVersion(1)
	eventually(t, "it says that it goes without", func() bool {
		return strings.Contains(second.logs.String(), "HTTP/3 is not offered until its port can be had")
	})
	if metrics := second.admin("/metrics").body; !strings.Contains(metrics, "longhouse_edge_http3 0\n") {
		t.Error("it counts as offered")
	}
	stopped := make(chan error, 1)
	go func() { stopped <- first.stop() }()
	eventually(t, "the first one leaves", first.server.http3.leaving.Load)
	close(acme.release)
	hear(t, got, "finished")
	must(t, <-stopped)
	eventually(t, "the second one offers it", second.server.http3.offered.Load)
	// The client's connection is over; it makes another one by itself, and nothing of what it asks is lost.
	hear(t, second.begin(client, acme, "acme", "/poll", "friend again"), "finished")
	if n := strings.Count(second.logs.String(), "HTTP/3 is not offered"); n != 1 {
		t.Errorf("it said %d times that it goes without", n)
	}
}

// TestTheKeysOfQUICAreTheEdges, not a process's, and nobody else reads them.
func TestTheKeysOfQUICAreTheEdges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() quicKeys {
		j, err := openJournal(dir)
		must(t, err)
		keys, err := openQUICKeys(j)
		must(t, err)
		return keys
	}
	first, again := open(), open()
	if *first.reset != *again.reset || *first.token != *again.token || string(first.reset[:]) == string(first.token[:]) {
		t.Error("the keys are not what they were, or one is the other")
	}
	path := filepath.Join(dir, quicKeyName)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	must(t, os.WriteFile(path, []byte("nonsense"), 0o600))
	if other := open(); *other.reset == *first.reset || *other.reset != *open().reset {
		t.Error("a key that can't be read is not replaced for good")
	}
}
