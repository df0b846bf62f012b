package process

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// dialers makes those of several instances of one agent.
func dialers(t *testing.T, n int, internet string, allowed workload.Broker) []*dialer {
	t.Helper()
	networks, err := egress.ParseNetworks(internet)
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{cfg: Config{Internet: networks, Log: slog.New(slog.DiscardHandler)}, now: time.Now, shares: newShares(time.Now)}
	var all []*dialer
	for range n {
		d, err := a.newDialer("in_x", allowed)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.close)
		all = append(all, d)
	}
	return all
}

// place listens, and takes whoever comes until the test ends.
func place(t *testing.T, network string) string {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(shortDir(t), "s")
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return ln.Addr().String()
}

func TestInstancesReachWhatIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	tcp, unix, other := place(t, "tcp"), place(t, "unix"), place(t, "tcp")
	_, port, _ := net.SplitHostPort(tcp)
	d := dialers(t, 1, "", workload.Broker{Places: []workload.Place{{Address: tcp, Most: 4}, {Address: unix, Most: 4}, {Address: "localhost:" + port, Most: 4}}})[0]
	for _, c := range []struct {
		network, address string
		want             error
	}{
		{"tcp", tcp, nil}, {"tcp4", tcp, nil}, {"unix", unix, nil}, {"tcp", "localhost:" + port, nil},
		{"tcp", other, syscall.EACCES}, {"udp", tcp, syscall.EACCES}, {"unix", tcp, syscall.EACCES}, {"tcp", unix, syscall.EACCES}, {"unix", unix + "x", syscall.EACCES},
		{"unix", "@" + unix, syscall.EACCES}, {"unixgram", unix, syscall.EACCES}, {"tcp", "1.1.1.1:443", syscall.EACCES}, {"tcp", "169.254.169.254:80", syscall.EACCES},
		{"tcp", "", syscall.EACCES}, {"", tcp, syscall.EACCES}, {"ip4:icmp", "127.0.0.1", syscall.EACCES},
	} {
		began := time.Now()
		conn, err := d.dial(t.Context(), c.network, c.address)
		if !errors.Is(err, c.want) {
			t.Errorf("%s %s: %v, want %v", c.network, c.address, err, c.want)
		}
		if err == nil {
			_ = conn.Close()
		} else if time.Since(began) < vainFor {
			t.Errorf("%s %s: refused within %s, so that it can be asked without end", c.network, c.address, time.Since(began))
		}
	}
}

func TestTheInternetIsReachedOnlyWhereThatIsDescribed(t *testing.T) {
	t.Parallel()
	inside := place(t, "tcp")
	_, port, _ := net.SplitHostPort(inside)
	named := net.JoinHostPort("localhost", port)
	for _, c := range []struct {
		described bool
		networks  string
		address   string
		want      error
	}{
		{false, "127.0.0.0/8", inside, syscall.EACCES}, {true, "", inside, syscall.EACCES}, {true, "", named, syscall.EACCES}, {true, "", "0.0.0.0:" + port, syscall.EACCES},
		{true, "", "169.254.169.254:80", syscall.EACCES}, {true, "", "[::ffff:127.0.0.1]:" + port, syscall.EACCES}, {true, "127.0.0.0/8", "127.0.0.1:25", syscall.EACCES},
		{true, "127.0.0.0/8", "127.0.0.1:smtp", syscall.EACCES}, {true, "127.0.0.0/8", "127.0.0.1:1", syscall.ECONNREFUSED},
		{true, "127.0.0.0/8,::1", inside, nil}, {true, "127.0.0.0/8,::1", named, nil},
	} {
		d := dialers(t, 1, c.networks, workload.Broker{Internet: c.described})[0]
		conn, err := d.dial(t.Context(), "tcp", c.address)
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil {
			_ = conn.Close()
		} else if strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%+v: it is told what the name stands for: %v", c, err)
		}
	}
}

func TestNoInstanceHasMoreConnectionsOpenThanItMay(t *testing.T) {
	t.Parallel()
	address := place(t, "tcp")
	d := dialers(t, 1, "", workload.Broker{Places: []workload.Place{{Address: address, Most: 3}}})[0]
	var open []net.Conn
	for range 3 {
		conn, err := d.dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	if _, err := d.dial(t.Context(), "tcp", address); !errors.Is(err, errTooMany) || !errors.Is(err, syscall.EDQUOT) {
		t.Fatalf("a fourth: %v", err)
	}
	_ = open[1].Close()
	if _, err := d.dial(t.Context(), "tcp", address); err != nil {
		t.Fatalf("in the place of one that was closed: %v", err)
	}
}

func TestHoweverManyAskAtOnceNoMoreAreOpenThanMayBe(t *testing.T) {
	t.Parallel()
	address := place(t, "unix")
	d := dialers(t, 1, "", workload.Broker{Places: []workload.Place{{Address: address, Most: 50}}})[0]
	d.buckets[0] = newBucket(5000, 5000, time.Now)
	var all sync.WaitGroup
	open := make(chan net.Conn, 1000)
	for range cap(open) {
		all.Go(func() {
			conn, err := d.connect(t.Context(), "unix", address)
			if err == nil {
				open <- conn
			} else if !errors.Is(err, errTooMany) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(open); n < 1 || n > 50 {
		t.Errorf("%d are open, 50 may be", n)
	}
	runtime.KeepAlive(open)
}

func TestWhatAPlaceBearsIsSharedSoThatSomeIsAlwaysLeft(t *testing.T) {
	t.Parallel()
	address := place(t, "unix")
	all := dialers(t, 5, "", workload.Broker{Places: []workload.Place{{Address: address, Most: 100, Shared: 30}}})
	take := func(d *dialer) (open []net.Conn) {
		for {
			conn, err := d.connect(t.Context(), "unix", address)
			if errors.Is(err, errShared) {
				return open
			}
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
		}
	}
	// Each of the greedy takes all that it gets: a half of what is left. Of 30 that is 15, 8, 4; a fourth still gets some.
	var open [][]net.Conn
	for i, want := range []int{15, 8, 4, 2} {
		open = append(open, take(all[i]))
		if len(open[i]) != want {
			t.Errorf("instance %d got %d, want %d", i, len(open[i]), want)
		}
	}
	for _, conn := range open[0] {
		_ = conn.Close()
	}
	eventually(t, "what the first gave back", func() bool {
		conn, err := all[3].connect(t.Context(), "unix", address)
		if err == nil {
			open[3] = append(open[3], conn)
		}
		return len(open[3]) > 4
	})
	all[1].close() // it has ended, and its connections with it
	if got := len(take(all[4])); got < 5 {
		t.Errorf("after the end of one the next got %d", got)
	}
}

func TestDialsInVainTakeNobodysTurn(t *testing.T) {
	t.Parallel()
	d := dialers(t, 1, "", workload.Broker{Places: []workload.Place{{Address: "127.0.0.1:1", Most: 2}}})[0]
	for range 10 {
		if _, err := d.connect(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
	}
	if left := d.buckets[0].left; left < 1.9 {
		t.Errorf("of 2 turns %f are left", left)
	}
}

func TestSessionsOfThisMachinesDatabaseServerAreOpenedLessOften(t *testing.T) {
	t.Parallel()
	a := &Agent{cfg: testConfig(shortDir(t)), now: time.Now, shares: newShares(time.Now)}
	a.cfg.DatabaseSockets = "/run/pg"
	places := []workload.Place{{Address: "/run/pg/.s.PGSQL.5432", Most: 20}, {Address: "127.0.0.1:9000", Most: 64}, {Address: "/run/other/s", Most: 5}}
	d, err := a.newDialer("in_x", workload.Broker{Places: places})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	for i, want := range []float64{2, 10, 10, 10} { // the last is the internet
		if got := d.buckets[i].second; got != want {
			t.Errorf("place %d is connected to %v times a second, want %v", i, got, want)
		}
	}
	a.cfg.DatabaseSockets = ""
	if got := a.cfg.paceTo("s"); got != 10 {
		t.Errorf("without a server here %v a second", got)
	}
}

func TestABucketHoldsBackWhoComesTooOften(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	b := newBucket(3, 2, func() time.Time { return now })
	for i := range 3 {
		if wait := b.try(); wait != 0 {
			t.Errorf("take %d waits %s", i, wait)
		}
	}
	if wait := b.try(); wait != 500*time.Millisecond {
		t.Errorf("a fourth waits %s", wait)
	}
	now = now.Add(500 * time.Millisecond)
	if wait := b.try(); wait != 0 {
		t.Errorf("half a second later it waits %s", wait)
	}
	now = now.Add(time.Hour)
	for range 3 {
		_ = b.try()
	}
	if wait := b.try(); wait == 0 {
		t.Error("after an hour it held more than it holds")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.take(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it waited for nobody: %v", err)
	}
}

// mostOf is what an attack says of how many connections it held.
func mostOf(t *testing.T, got string) int {
	t.Helper()
	number, _, _ := strings.Cut(got, ",")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
