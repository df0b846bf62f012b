package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// TestWhatAnInstanceHasIsCountedByTheNextAgent: this process plays the instance.
func TestWhatAnInstanceHasIsCountedByTheNextAgent(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		address, other := place(t, network), place(t, network)
		allowed := workload.Broker{Places: []workload.Place{{Address: other, Most: 1}, {Address: address, Most: 3, Shared: 8}}}
		var open []net.Conn
		for range 2 {
			conn, err := net.Dial(network, address)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
		}
		next := dialers(t, 2, "", allowed)
		if err := next[0].recount(t.Context(), []int{os.Getpid()}); err != nil {
			t.Fatal(err)
		}
		if has, err := next[0].has(1); has != 2 || err != nil {
			t.Fatalf("%s: %d are counted, 2 are open: %v", network, has, err)
		}
		if n := next[0].shares.places[address].held[next[0]]; n != 2 {
			t.Errorf("%s: of what all have %d are its", network, n)
		}
		if keepsWaiting(t, open[0]) {
			t.Errorf("%s: who has the connection is kept waiting by it", network)
		}
		third, err := next[0].dial(t.Context(), network, address)
		if err != nil {
			t.Fatalf("%s: a third: %v", network, err)
		}
		if _, err := next[0].dial(t.Context(), network, address); !errors.Is(err, errTooMany) {
			t.Errorf("%s: a fourth: %v", network, err)
		}
		_ = open[0].Close()
		fourth, err := next[0].dial(t.Context(), network, address)
		if err != nil {
			t.Errorf("%s: in the place of one that was closed: %v", network, err)
		}
		elsewhere, err := next[0].dial(t.Context(), network, other)
		if err != nil {
			t.Errorf("%s: elsewhere: %v", network, err)
		}
		for _, conn := range []net.Conn{open[1], third, fourth, elsewhere} {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}
}

func TestAnAgentThatIsRestartedKnowsWhatAnInstanceHas(t *testing.T) {
	t.Parallel()
	m := setup(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	d := m.Desired(t)
	d.Broker = &workload.Broker{Places: []workload.Place{{Address: ln.Addr().String(), Most: 1}}}
	o := m.run(t, d)
	body, err := json.Marshal(attack.Aim{Store: ln.Addr().String(), Most: 1, Seconds: 600})
	if err != nil {
		t.Fatal(err)
	}
	go func() { // until the instance ends
		if resp, err := m.Client(o).Post("http://instance/attack/storeconnections", "application/json", bytes.NewReader(body)); err == nil {
			_ = resp.Body.Close()
		}
	}()
	held, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })

	m.Restart(t)
	if m.asks(t, o, ln.Addr().String()) {
		t.Error("the instance has one connection, may have one, and got another from the next agent")
	}
}

func keepsWaiting(t *testing.T, conn net.Conn) bool {
	t.Helper()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var flags int
	if failed := raw.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) }); failed != nil || err != nil {
		t.Fatal(failed, err)
	}
	return flags&unix.O_NONBLOCK == 0
}
