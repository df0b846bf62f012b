package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const aSecond = int64(time.Second)

func TestSoManyRequestsASecondComeThrough(t *testing.T) {
	t.Parallel()
	p := &pace{}
	pour := func(now int64) (n int, early time.Duration) {
		for early == 0 {
			if early = p.come(now, 10); early == 0 {
				n++
			}
		}
		return n, early
	}
	for _, c := range []struct {
		now  int64
		want int
	}{{5 * aSecond, 200}, {5 * aSecond, 0}, {6 * aSecond, 10}, {6*aSecond + aSecond/20, 0}, {16 * aSecond, 100}, {1000 * aSecond, 200}} {
		if n, early := pour(c.now); n != c.want || early <= 0 || early > time.Second/10 {
			t.Errorf("after %s there came %d, and the next is %s too early; want %d", time.Duration(c.now), n, early, c.want)
		}
	}
	if early := p.come(1000*aSecond, 0); early != 0 {
		t.Errorf("without a rate one is %s too early", early)
	}
}

func TestEachAddressHasAPaceOfItsOwn(t *testing.T) {
	t.Parallel()
	p := &pace{}
	come := func(client string, now int64) bool { return p.comeFrom(netip.MustParseAddr(client), now, 1) == 0 }
	for range paceBurst {
		if !come("192.0.2.1", 0) || !come("2001:db8::1", 0) {
			t.Fatal("what may come at once does not")
		}
	}
	for client, want := range map[string]bool{"192.0.2.1": false, "192.0.2.2": true, "2001:db8::2": false, "2001:db8:0:1::1": true} {
		if got := come(client, 0); got != want {
			t.Errorf("%s comes through: %t", client, got)
		}
	}
	if !come("192.0.2.1", aSecond) || come("192.0.2.1", aSecond) {
		t.Error("a second later one more comes through")
	}
}

// TestAddressesAreForgotten: who comes from everywhere takes up no more memory, and is held to what the workspace may have.
func TestAddressesAreForgotten(t *testing.T) {
	t.Parallel()
	p := &pace{}
	client := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	for i := range 2 * mostPaced {
		if early := p.comeFrom(client(i), 5*aSecond, 1); early != 0 {
			t.Fatalf("the first request of an address is %s too early", early)
		}
	}
	if n := len(p.of); n != mostPaced {
		t.Errorf("%d addresses are remembered", n)
	}
	p.comeFrom(client(3*mostPaced), 7*aSecond, 1)
	if n := len(p.of); n != 1 {
		t.Errorf("%d addresses are remembered of which one has asked lately", n)
	}
	p.comeFrom(client(0), 8*aSecond, 1)
	if p.comeFrom(client(1), 7*aSecond+int64(time.Minute), 1); len(p.of) != 1 {
		t.Errorf("%d addresses are remembered after a minute", len(p.of))
	}
}

func TestAFloodIsRefusedToItsWorkspaceAlone(t *testing.T) {
	t.Parallel()
	for name, rates := range map[string]Rates{"workspace": {Workspace: 1}, "network": {Address: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.config.Rates = rates
			acme := allowing(r.instance("acme", says("acme here")), friend)
			r.control.set(1, acme, r.instance("globex", says("globex here")))
			r.start()
			r.waitVersion(1)
			for range 2 * paceBurst { // who is denied uses up nothing
				r.getAt(stranger, "acme.longhouse.localhost", "/").want(t, http.StatusForbidden, "")
			}
			refused := 0
			var last *answerOf
			for range 3 * paceBurst {
				if a := r.getAt(friend, "acme.longhouse.localhost", "/api/v4/system/ping"); a.StatusCode == http.StatusTooManyRequests {
					refused, last = refused+1, a
				}
			}
			if refused == 0 || refused > 2*paceBurst || last.Header.Get("Retry-After") != "1" || !strings.Contains(last.body, "longhouse.edge.too_fast") || !strings.Contains(last.body, name) {
				t.Fatalf("%d are refused, the last with %+v", refused, last)
			}
			r.getAt(friend, "globex.longhouse.localhost", "/").want(t, http.StatusOK, "globex here")
			acme.Message = "as another version"
			r.control.change(2, acme)
			r.waitVersion(2)
			if a := r.getAt(friend, "acme.longhouse.localhost", "/"); a.StatusCode != http.StatusTooManyRequests {
				t.Errorf("another route begins anew: %d", a.StatusCode)
			}
		})
	}
}

// TestWhoWaitedIsCountedWhereItComesToBe: while it was held, its host became another workspace's.
func TestWhoWaitedIsCountedWhereItComesToBe(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"bounded": 1, "not bounded": 0} {
		x, before, after := &exchange{}, &pace{}, &pace{}
		if !x.takePlace(before, 1).onward || !x.takePlace(after, most).onward {
			t.Fatalf("%s: it is refused", name)
		}
		if n, m := before.open.Load(), after.open.Load(); n != 0 || m != int64(most) {
			t.Errorf("%s: %d are counted where it was, %d where it is", name, n, m)
		}
		if x.leavePlace(); after.open.Load() != 0 {
			t.Errorf("%s: it is counted after its end", name)
		}
	}
}

func TestRatesThatCanNotBeAreRefused(t *testing.T) {
	t.Parallel()
	for _, r := range []Rates{{Workspace: -1}, {Address: mostRate + 1}} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "allowed is 1 to 1000000") {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
