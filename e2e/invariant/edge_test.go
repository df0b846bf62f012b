package invariant

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// addresses are those that clients come from: 127.0.0.10 and so on.
const addresses = 8

func address(client int) string { return fmt.Sprintf("127.0.0.%d", 10+client) }

// entrance is an edge: the machine's own, or one beside it that runs in this process, with a wire of its own to the control plane.
type entrance struct {
	w      *world
	number int
	name   string
	listen string
	client [addresses]*http.Client
	fenced *story[bool]
	// trouble is odd while it may be that nobody answers, as it is being killed, stopped, or fenced, and away while it may not hear of the control
	// plane. Both have another value afterwards.
	trouble, away atomic.Int64
	// stopped is set while it does not run, and its wire is not cut: whatever is saved meanwhile it has to learn before it serves.
	stopped atomic.Bool

	wire *wire // nil: the machine's own
	dir  string
	stop func()
}

func (w *world) newEntrance(number int, name, listen string) *entrance {
	e := &entrance{w: w, number: number, name: name, listen: listen, fenced: newStory(false)}
	for i := range e.client {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address(i))}}
		transport := &http.Transport{MaxIdleConnsPerHost: askers, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return from.DialContext(ctx, "tcp", e.listen)
		}}
		w.t.Cleanup(transport.CloseIdleConnections)
		e.client[i] = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return e
}

// beside is an edge beside the machine's own.
func (w *world) beside(number int) *entrance {
	dir, err := os.MkdirTemp("/tmp", "lhe") // short, for sockets
	w.check(err)
	w.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	first, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	e := w.newEntrance(number, fmt.Sprintf("beside-%d", number), first.Addr().String())
	e.dir, e.wire = dir, newWire(w.t, w.api[len("http://"):])
	e.run(first)
	return e
}

func (e *entrance) run(listener net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- edge.Run(ctx, edge.Config{Listener: listener, ControlURL: e.wire.url, TokenFile: datadir.Layout{Root: e.w.m.Dir}.EdgeToken(), StateDir: filepath.Join(e.dir, "state"),
			AdminSocket: filepath.Join(e.dir, "admin"), BaseDomain: e.w.base, Name: e.name, Log: slog.New(slog.DiscardHandler)})
	}()
	e.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			e.w.t.Errorf("edge %s: %v", e.name, err)
		}
	})
	e.w.t.Cleanup(func() { e.stop() })
}

// restart ends it, and begins it again where it was, on what it kept.
func (e *entrance) restart(meanwhile func()) {
	e.stop()
	meanwhile()
	listener, err := net.Listen("tcp", e.listen)
	e.w.check(err)
	e.run(listener)
}

// listed is an edge as operators see it.
type listed struct {
	ID, Name, State string
	Processes       int
	ToldAt          *time.Time `json:"told_at"`
}

func (w *world) listed(name string) listed {
	var list struct{ Items []listed }
	w.want(http.MethodGet, "/edges", w.operator, nil, &list)
	for _, l := range list.Items {
		if l.Name == name {
			return l
		}
	}
	return listed{State: "not known yet"}
}

// sound waits until it has the newest routes, and then it is out of trouble and away no more. Routes change all the time, so that it takes some looks.
func (e *entrance) sound() {
	e.w.until(e.name+" to have caught up", func() error {
		if l := e.w.listed(e.name); l.State != "current" {
			return fmt.Errorf("it is %+v", l)
		}
		return nil
	})
	for _, mark := range []*atomic.Int64{&e.trouble, &e.away} {
		if mark.Load()%2 == 1 {
			mark.Add(1)
		}
	}
}

// witness is what of an edge can excuse that somebody is not served.
type witness struct{ trouble, away int64 }

func (e *entrance) witness() witness { return witness{e.trouble.Load(), e.away.Load()} }

// sick reports whether it was in trouble at any time since, or away.
func (e *entrance) sick(since witness) (trouble, away bool) {
	now := e.witness()
	return since.trouble%2 == 1 || now.trouble != since.trouble, since.away%2 == 1 || now.away != since.away
}
