package process

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// attack has the instance make one.
func (m *machine) attack(t *testing.T, o workload.Observed, name string, aim attack.Aim) []attack.Try {
	t.Helper()
	body, err := json.Marshal(aim)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := m.Client(o).Post("http://instance/attack/"+name, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var tries []attack.Try
	if err := json.NewDecoder(resp.Body).Decode(&tries); err != nil {
		t.Fatal(err)
	}
	return tries
}

// asks says whether an instance gets a connection that it asks for.
func (m *machine) asks(t *testing.T, o workload.Observed, address string) bool {
	t.Helper()
	for _, try := range m.attack(t, o, "connect", attack.Aim{Addresses: []string{address}}) {
		if try.What == "ask for "+address+" over tcp" {
			return try.Through
		}
	}
	t.Fatal("it was not asked")
	return false
}

func TestAnInstanceThatAsksWithoutEndDelaysNoOther(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d, neighbour := m.Desired(t), m.Desired(t)
	address, theirs := place(t, "tcp"), place(t, "tcp")
	d.Broker = &workload.Broker{Places: []workload.Place{{Address: address, Most: 5}}}
	neighbour.Broker = &workload.Broker{Places: []workload.Place{{Address: theirs, Most: 5}}}
	o, other := m.run(t, d), m.run(t, neighbour)
	var flood sync.WaitGroup
	flood.Go(func() {
		tries := m.attack(t, o, "storeconnections", attack.Aim{Store: address, Most: 400, Seconds: 3})
		if most := mostOf(t, tries[0].Got); tries[0].Through || most != 5 {
			t.Errorf("it held %d connections, and may have 5: %s", most, tries[0].Got)
		}
	})
	defer flood.Wait()
	for range 3 {
		if !m.asks(t, other, theirs) {
			t.Error("the neighbour got no connection")
		}
	}
}

func TestAConnectionThatIsAskedForWithoutAnAgentIsMadeByTheNext(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	address := place(t, "tcp")
	d.Broker = &workload.Broker{Places: []workload.Place{{Address: address, Most: 5}}}
	o := m.run(t, d)
	if !m.asks(t, o, address) {
		t.Fatal("it gets none at all")
	}
	m.kill(t)
	got := make(chan bool)
	go func() { got <- m.asks(t, o, address) }()
	select {
	case <-got:
		t.Error("somebody made a connection without an agent")
	case <-time.After(300 * time.Millisecond):
	}
	m.start(t)
	if !<-got {
		t.Error("the next agent did not make it")
	}
}

// The description of a process that drains is not the one that is wished any more.
func TestAnInstanceThatDrainsGetsWhatItWasStartedWith(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	address := place(t, "tcp")
	d.Broker = &workload.Broker{Places: []workload.Place{{Address: address, Most: 5}}}
	d.Env = workload.Env{"STUBBORN": "1"}
	d.DrainGrace = time.Minute
	o := m.run(t, d)
	d.Generation, d.Broker = 2, &workload.Broker{}
	if err := m.client.Apply(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	m.Restart(t)
	if now := m.observe(t, d.ID); now.State != workload.StateStopping || now.PID != o.PID {
		t.Fatalf("observed %+v", now)
	}
	if !m.asks(t, o, address) {
		t.Error("it gets no connection any more")
	}
}

func TestAnInstanceThatHangsUpIsCalledAgainUntilItEnds(t *testing.T) {
	t.Parallel()
	a := &Agent{cfg: testConfig(shortDir(t)), now: time.Now, shares: newShares(time.Now)}
	in := newInstance(a, saved{SocketDir: "12345678"})
	if err := os.MkdirAll(a.cfg.socketDir(in.socketDir), 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.ListenUnix(broker.Network, &net.UnixAddr{Name: a.cfg.brokerSocket(in.socketDir), Net: broker.Network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	p, err := proc.Start(proc.Spec{Path: testBinary(), Args: []string{"play-idle"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill(context.Background()) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		in.serveDials(t.Context(), "in_x", &child{process: p, broker: &workload.Broker{}})
	}()
	for range 3 {
		_ = ln.SetDeadline(time.Now().Add(10 * time.Second))
		line, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = line.Close()
	}
	if err := p.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("it is called although its process has ended")
	}
}

func TestWhatIsAskedInVainIsLogged(t *testing.T) {
	t.Parallel()
	m := setup(t)
	o := m.run(t, m.Desired(t))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if m.asks(t, o, ln.Addr().String()) {
		t.Error("it reaches what it wasn't given")
	}
	b, err := os.ReadFile(m.logFile())
	if err != nil || strings.Count(string(b), "a connection that an instance asked for was not made") != 1 || !strings.Contains(string(b), fmt.Sprintf("%q", o.ID)) {
		t.Errorf("the log says %s, %v", b, err)
	}
}

func TestInstancesThatMakeTheirConnectionsThemselvesAreCounted(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	d.Broker = nil
	m.run(t, d)
	m.run(t, m.Desired(t))
	if b, err := m.client.Borders(t.Context()); err != nil || b.OpenInstances != 1 {
		t.Errorf("the agent says %+v, %v", b, err)
	}
}
