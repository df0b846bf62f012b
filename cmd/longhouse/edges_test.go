package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/tenants"
)

// city is a control plane with real edges before one real instance.
type city struct {
	*shell
	dir       string // short, for sockets
	workspace uuid.UUID
	version   int64 // of the newest route
}

func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{shell: asOperator(t)}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.server.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	var err error
	c.dir, err = os.MkdirTemp("/tmp", "lhe")
	c.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(c.dir) })
	c.must(os.WriteFile(filepath.Join(c.dir, "token"), []byte("edge"), 0o600))
	instance := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") }))
	c.must(instance.Listener.Close())
	instance.Listener, err = new(net.ListenConfig).Listen(ctx, "unix", filepath.Join(c.dir, "s"))
	c.must(err)
	instance.Start()
	t.Cleanup(instance.Close)
	(&shell{t: t, home: t.TempDir(), api: c.api}).signUp("engines")
	c.must(c.pool.QueryRow(ctx, "select id from workspaces").Scan(&c.workspace))
	return c
}

// route lets the workspace be served, or not, from the next version on.
func (c *city) route(state tenants.RouteState) {
	c.t.Helper()
	c.must(pgx.BeginFunc(c.t.Context(), c.pool, func(tx pgx.Tx) error {
		return c.store.SetRoute(c.t.Context(), tx, tenants.Route{Workspace: c.workspace, Hosts: []string{"engines.longhouse.test"}, State: state,
			Address: filepath.Join(c.dir, "s"), Message: "halted"})
	}))
	var err error
	c.version, err = c.store.RouteVersion(c.t.Context())
	c.must(err)
}

// standing waits until so many edges have the newest version, and just these have not.
func (c *city) standing(edges int, behind ...string) {
	c.t.Helper()
	var got tenants.Confirmed
	eventually(c.t, func() bool {
		var err error
		got, err = c.store.ConfirmedBy(c.t.Context(), c.version)
		c.must(err)
		var names []string
		for _, e := range got.Behind {
			names = append(names, e.Name)
		}
		return got.Edges == edges && slices.Equal(names, behind)
	}, func() string {
		return fmt.Sprintf("%d edges have version %d, and not %v: %+v", edges, c.version, behind, got)
	})
}

// gateway is an edge, and its way to the control plane, which can be cut.
type gateway struct {
	*city
	name, address string
	way           *httptest.Server
	cut           atomic.Bool
	stop          func()
}

func (c *city) gateway(name string) *gateway {
	g := &gateway{city: c, name: name}
	g.way = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		c.server.ServeHTTP(w, r)
	}))
	c.t.Cleanup(g.way.Close)
	g.start()
	return g
}

func (g *gateway) start() {
	g.t.Helper()
	l, err := new(net.ListenConfig).Listen(g.t.Context(), "tcp", "127.0.0.1:0")
	g.must(err)
	g.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- edge.Run(ctx, edge.Config{Listener: l, Name: g.name, ControlURL: g.way.URL, TokenFile: filepath.Join(g.dir, "token"), StateDir: filepath.Join(g.dir, g.name),
			AdminSocket: filepath.Join(g.dir, g.name+".a"), BaseDomain: "longhouse.test", Log: slog.New(slog.DiscardHandler)})
	}()
	g.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			g.t.Error(err)
		}
	})
	g.t.Cleanup(g.stop)
}

func (g *gateway) cutOff(cut bool) {
	g.cut.Store(cut)
	g.way.CloseClientConnections()
}

func (g *gateway) ask() (status int, body string) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, "http://"+g.address+"/", nil)
	g.must(err)
	req.Host = "engines.longhouse.test"
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err.Error() // a fence cuts off who is being served
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(text)
}

// answers waits until the edge says this.
func (g *gateway) answers(status int, part string) {
	g.t.Helper()
	var got int
	var body string
	eventually(g.t, func() bool {
		got, body = g.ask()
		return got == status && strings.Contains(body, part)
	}, func() string { return fmt.Sprintf("%s answers %d %q, want %d %q", g.name, got, body, status, part) })
}

func eventually(t *testing.T, holds func() bool, what func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not in time: " + what())
		}
	}
}

func TestTwoEdgesOfWhichOneIsCutOffAndRejoins(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.route(tenants.Serving)
	one, two := c.gateway("one"), c.gateway("two")
	c.standing(2)
	one.answers(http.StatusOK, "served")
	two.answers(http.StatusOK, "served")

	var took []time.Duration
	for range 10 {
		c.route(tenants.Serving)
		began := time.Now()
		c.standing(2)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("a change is confirmed by both within %s, at most %s", took[len(took)/2], took[len(took)-1])
	if took[len(took)/2] > 10*time.Second {
		t.Error("that is too long")
	}

	two.cutOff(true)
	c.route(tenants.Halted)
	c.standing(1, "two")
	one.answers(http.StatusServiceUnavailable, "halted")
	if status, body := two.ask(); status != http.StatusOK {
		t.Errorf("who is cut off goes on by what it knew, and not with %d %s", status, body)
	}
	two.cutOff(false)
	c.standing(2)
	if status, body := two.ask(); status != http.StatusServiceUnavailable || !strings.Contains(body, "halted") {
		t.Errorf("it has confirmed, and serves by what is old: %d %s", status, body)
	}

	one.stop()
	c.standing(1)
	if r := c.want(exitDone, "edges", "list"); !strings.Contains(r.out, "left") || !strings.Contains(r.out, "current") {
		t.Errorf("%s", r.out)
	}
}

func TestAFencedEdgeServesNothingAlsoWhenItIsStartedAnew(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.route(tenants.Serving)
	one, two := c.gateway("one"), c.gateway("two")
	c.standing(2)
	var fenced client.Edge
	c.want(exitDone, "edges", "fence", "two", "--json").into(t, &fenced)
	if fenced.State != client.EdgeStateFenced || fenced.FencedBy == nil {
		t.Errorf("%+v", fenced)
	}
	two.answers(http.StatusServiceUnavailable, "out of service")
	c.standing(1)
	if r := c.want(exitDone, "edges", "list"); !strings.Contains(r.out, ", told 20") {
		t.Errorf("%s", r.out)
	}
	two.stop()
	two.cutOff(true)
	two.start()
	two.answers(http.StatusServiceUnavailable, "out of service") // though nobody tells it
	two.cutOff(false)
	two.answers(http.StatusServiceUnavailable, "out of service")
	one.answers(http.StatusOK, "served")

	c.route(tenants.Halted)
	c.want(exitDone, "edges", "unfence", fenced.ID)
	two.answers(http.StatusServiceUnavailable, "halted")
	c.standing(2)
	if r := c.want(exitRefused, "edges", "fence", "nobody"); !strings.Contains(r.err, "there is no such edge") {
		t.Errorf("%s", r.err)
	}
}
