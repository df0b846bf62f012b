package edge

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// fill takes as many places for the client as it gets, and returns how many and why there are no more.
func (s *shares) fill(client string) (n int, why refusal) {
	for {
		d := s.enter(netip.MustParseAddr(client))
		if !d.onward {
			return n, d.refusal
		}
		n++
	}
}

func TestAClientAloneGetsAFifthAndASiteAThird(t *testing.T) {
	t.Parallel()
	s := newShares(maxBusy, maxBusy)
	if n, why := s.fill("192.0.2.1"); n != maxBusy/5+1 || why.reason != greedy.reason {
		t.Errorf("an address got %d places, and then %s", n, why.reason)
	}
	s, n := newShares(maxBusy, maxBusy), 0
	for subnet := range 100 {
		more, _ := s.fill(fmt.Sprintf("2001:db8:0:%x::1", subnet))
		n += more
	}
	if n != maxBusy/3+1 {
		t.Errorf("the subnets of one site got %d places", n)
	}
	if same := newShares(maxBusy, maxBusy); true {
		one, _ := same.fill("2001:db8::1")
		if two, _ := same.fill("2001:db8::ffff"); one == 0 || two != 0 {
			t.Errorf("two addresses of one /64 got %d and %d places", one, two)
		}
	}
}

// TestHundredsOfGreedyClientsLeaveAPlace, and each gets less than it would alone.
func TestHundredsOfGreedyClientsLeaveAPlace(t *testing.T) {
	t.Parallel()
	s := newShares(maxBusy, maxBusy)
	for round := range maxBusy {
		for client := range 500 { // one place each in turn, which is the most that they can take together
			_ = s.enter(netip.AddrFrom4([4]byte{10, 0, byte(client >> 8), byte(client)}))
		}
		if n := s.count(); n == maxBusy {
			t.Fatalf("all places are taken after %d rounds", round)
		}
	}
	if d := s.enter(netip.MustParseAddr("192.0.2.1")); !d.onward {
		t.Errorf("who has no place yet gets none: %s", d.refusal.reason)
	}
}

func TestAPlaceThatIsLeftIsFree(t *testing.T) {
	t.Parallel()
	s := newShares(3, 3)
	clients := []netip.Addr{{}, netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0")}
	for range 2 {
		for _, client := range clients {
			if d := s.enter(client); !d.onward {
				t.Fatalf("%v gets no place: %s", client, d.refusal.reason)
			}
		}
		if d := s.enter(netip.MustParseAddr("192.0.2.1")); d.onward || d.refusal.reason != crowded.reason {
			t.Errorf("a fourth is answered %s", d.refusal.reason)
		}
		for _, client := range clients {
			s.leave(client)
		}
	}
	if s.count() != 0 || len(s.held) != 0 {
		t.Errorf("%d places are taken, held is %v", s.count(), s.held)
	}
}

// places are those of the instance at <slug>.longhouse.localhost.
func (r *rig) places(slug string) *shares {
	return r.server.keeper.table.Lookup(slug + ".longhouse.localhost").upstream.places
}

// has gives a workspace so many places.
func (r *rig) has(slug string, places int) {
	s := r.places(slug)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total = places
}

// at is a client at another address of this machine.
func (r *rig) at(ip string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext}}
}

func (r *rig) ask(client *http.Client, slug string) *answerOf {
	r.t.Helper()
	res, err := client.Do(r.request(http.MethodGet, slug+".longhouse.localhost", "/", nil))
	must(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &answerOf{Response: res, body: string(body), err: err}
}

// TestOneInstanceThatHangsHoldsFewRequests: what it has in hand is bounded, and another workspace isn't concerned.
func TestOneInstanceThatHangsHoldsFewRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entered, free := make(chan struct{}), make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-free
	})), r.instance("globex", says("here")))
	r.start()
	r.waitVersion(1)
	r.has("acme", 2)
	var waiting sync.WaitGroup
	for _, ip := range []string{"127.0.0.2", "127.0.0.3"} {
		waiting.Go(func() { r.ask(r.at(ip), "acme").want(t, 200, "") })
		<-entered
	}
	a := r.get("acme.longhouse.localhost", "/")
	a.want(t, 503, "too many requests")
	if a.Header.Get("Retry-After") == "" {
		t.Errorf("header: %v", a.Header)
	}
	r.get("globex.longhouse.localhost", "/").want(t, 200, "here")
	close(free)
	waiting.Wait()
	go func() { <-entered }()
	r.get("acme.longhouse.localhost", "/").want(t, 200, "")
}

// TestAClientsSlowBodiesLeaveTheWorkspaceToOthers: too large to be waited for, they hold places at the instance.
func TestAClientsSlowBodiesLeaveTheWorkspaceToOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		_, _ = io.WriteString(w, "here")
	})))
	r.start()
	r.waitVersion(1)
	r.has("acme", 20)
	const inHand = 4
	for n := range inHand {
		conn := dialEdge(t, r)
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 100000\r\n\r\nx")
		must(t, err)
		eventually(t, "it has a place", func() bool { return r.places("acme").count() == n+1 })
	}
	a := r.get("acme.longhouse.localhost", "/")
	a.want(t, 429, "from your network")
	if a.Header.Get("Retry-After") == "" {
		t.Errorf("header: %v", a.Header)
	}
	r.ask(r.at("127.0.0.2"), "acme").want(t, 200, "here")
}
