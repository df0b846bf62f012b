package up

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// How long a part may take to start, and to end by itself.
const (
	readyWithin = 60 * time.Second
	endWithin   = 30 * time.Second
)

// cluster returns a PostgreSQL cluster as a child.
func (m *machine) cluster(ctx context.Context, name string, c embedded.Cluster) (supervisor.Child, error) {
	command, err := c.Prepare(ctx)
	if err != nil {
		return supervisor.Child{}, err
	}
	child := m.child(name, proc.Spec{Path: command.Path, Args: command.Args, Env: command.Env, Dir: command.Dir, OOMScore: command.OOMScore}, anybody(func(ctx context.Context) error { return db.Plainly(c.Ready(ctx)) }))
	child.Stop, child.Alive = command.Stop, c.Alive
	child.Before = func(ctx context.Context) error {
		_, err := c.Prepare(ctx)
		return errors.Join(m.layout.Make(), err)
	}
	if datadir.AsRoot() {
		child.Spec.Credential = &proc.Credential{UID: int(command.UID), GID: int(command.GID)}
	}
	return child, nil
}

// store is the object store.
func (m *machine) store() supervisor.Child {
	admin := objects.NewClient(m.layout.StoreSocket())
	child := m.own("store", m.layout.StoreUID(), anybody(func(ctx context.Context) error {
		info, err := admin.Info(ctx)
		if err == nil && !info.Ready {
			err = fmt.Errorf("it is not ready yet")
		}
		return err
	}), "child", "store", "--listen", m.settings.S3)
	child.Alive = func(ctx context.Context) error { _, err := admin.Info(ctx); return err }
	child.Spec.Umask = 0o007
	return child
}

// mail is the mail catcher.
func (m *machine) mail() supervisor.Child {
	child := m.own("mail", m.layout.MailUID(), anybody(dial(m.settings.SMTP)), "child", "mail", "--smtp", m.settings.SMTP, "--http", m.settings.MailHTTP)
	child.Alive = answers("http://"+m.settings.MailHTTP+"/", nil)
	return child
}

// agent runs the instances, as root where it can: it gives each a user of its own.
func (m *machine) agent() supervisor.Child {
	client := process.NewClient(process.Socket(m.layout.Root))
	lists := func(ctx context.Context) error {
		_, err := client.List(ctx)
		return err
	}
	args := []string{"child", "agent", "--uid-base", fmt.Sprint(m.layout.UIDBase)}
	if m.options.Internet != "" {
		args = append(args, "--internet", m.options.Internet)
	}
	if m.options.RequireIsolation {
		args = append(args, "--require-isolation")
	}
	child := m.own("agent", 0, anybody(lists), args...)
	child.Alive = lists
	return child
}

// control is the API. A newer one starts beside the one whose place it takes.
func (m *machine) control() supervisor.Child {
	child := m.own("control", m.layout.ControlUID(), readyAs(m.settings.APIURL()+"/readyz"), "serve", "--name", "control", "--roles", "api")
	child.Spec.AmbientCaps = bindCapability()
	child.Settings = fmt.Sprint(m.settings)
	child.Listen, child.Beside = m.settings.API, true
	child.Alive = answers(m.settings.APIURL()+"/healthz", nil)
	// Passwords are hashed in tens of MiB each; what a burst of sign-ups took goes back to the system sooner.
	child.Spec.Env = append(child.Spec.Env, "GOMEMLIMIT=256MiB")
	return child
}

// worker is one of those that take turns: one works, and the others wait for its end.
func (m *machine) worker(name string) supervisor.Child {
	child := m.working(name, "--standby", "--operations", "sound")
	// The other one has taken over: whoever waits for that is served first.
	child.Again = backoff.Doubling{First: time.Second, Most: time.Second}
	return child
}

// solo takes operations that workers died with, and dies of them alone.
func (m *machine) solo(name string) supervisor.Child {
	child := m.working(name, "--operations", "suspects")
	child.Again = backoff.Doubling{First: 100 * time.Millisecond, Most: 500 * time.Millisecond}
	return child
}

func (m *machine) working(name string, flags ...string) supervisor.Child {
	url, socket := "http://"+name+"/healthz", m.layout.RoleSocket(name)
	child := m.own(name, m.layout.ControlUID(), func(ctx context.Context, pid int) error {
		return ready(url, onlyFrom(socket, pid))(ctx)
	}, append([]string{"serve", "--name", name, "--roles", "worker"}, flags...)...)
	child.Settings = fmt.Sprint(m.settings)
	child.Alive = answers(url, onlyFrom(socket, 0)) // one that hangs keeps its turn, also from the one that waits
	return child
}

// edge is the way in. A newer one starts beside the one whose place it takes.
func (m *machine) edge() supervisor.Child {
	child := m.own("edge", m.layout.EdgeUID(), func(ctx context.Context, pid int) error {
		return ready("http://edge/readyz", onlyFrom(m.layout.EdgeSocket(), pid))(ctx)
	}, "serve", "--roles", "edge")
	child.Spec.AmbientCaps = bindCapability()
	child.Settings = edgeSettings(m.settings)
	child.Listen, child.Also, child.Beside = m.settings.EdgeHTTP, m.settings.EdgeHTTPS, true
	child.Alive = answers("http://edge/healthz", onlyFrom(m.layout.EdgeSocket(), 0))
	// The edge shares the machine with all that it serves. With a thread per core its threads wake each other far more
	// than they work: half of the cores took a quarter off what a request costs, and the time that it adds.
	child.Spec.Env = append(child.Spec.Env, fmt.Sprintf("GOMAXPROCS=%d", max(1, runtime.NumCPU()/2)))
	return child
}

// edgeSettings is what decides how an edge runs. No two of them run together: "a" and "" are not "" and "a".
func edgeSettings(s datadir.Settings) string {
	return fmt.Sprintf("%#v", []any{s.EdgeHTTP, s.API, s.BaseDomain, s.TrustedProxies, s.ForwardedHeader, s.ProxyProtocol,
		s.EdgeHTTPS, s.ACMEDirectory, s.ACMEEmail, s.ACMERoots, s.RedirectHTTPS, s.ACMEDNSServer, s.ACMEDNSZone, s.HSTS, s.NoHTTP3, s.WorkspaceRate, s.AddressRate, s.WorkspaceRates, s.AddressRates, s.WorkspaceConnections})
}

// bindCapability lets a part that is not root listen on ports below 1024.
func bindCapability() []uintptr {
	if !datadir.AsRoot() {
		return nil
	}
	const netBindService = 10 // CAP_NET_BIND_SERVICE, capability.h
	return []uintptr{netBindService}
}

// own is a child that is this program, under a user id of its own where that is possible.
func (m *machine) own(name string, uid int, ready func(context.Context, int) error, args ...string) supervisor.Child {
	args = append(args, "--data", m.layout.Root)
	spec := proc.Spec{Path: m.program, Args: args, Env: m.environment(), NoNewPrivs: uid != 0}
	if datadir.AsRoot() && uid != 0 {
		spec.Credential = &proc.Credential{UID: uid, GID: uid}
	}
	return m.child(name, spec, ready)
}

func (m *machine) child(name string, spec proc.Spec, ready func(context.Context, int) error) supervisor.Child {
	spec.LogFile, spec.Turn = m.layout.Log(name), proc.ShortTurn // a workspace that keeps the cores busy is not waited for
	mend := func(context.Context) error { return m.layout.Make() }
	return supervisor.Child{Name: name, Spec: spec, Grace: endWithin, Stop: syscall.SIGTERM, Before: mend, Ready: func(ctx context.Context, pid int) error {
		return eventually(ctx, readyWithin, func(ctx context.Context) error { return ready(ctx, pid) })
	}}
}

// environment is what children get of ours: where programs are, and what tests tell them.
func (m *machine) environment() []string {
	path := os.Getenv("PATH")
	if m.tools != "" {
		path = m.tools + ":" + path
	}
	env := []string{"PATH=" + path}
	for _, name := range []string{"LONGHOUSE_FAULT", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// eventually asks again and again until it is so, with short pauses.
func eventually(ctx context.Context, within time.Duration, is func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := is(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}
