package up

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

var quiet = slog.New(slog.DiscardHandler)

// The test binary plays `longhouse`: a life of `up` when LIFE says on which directory, and the parts that it starts.
func TestMain(m *testing.M) {
	play := map[string]func(ctx context.Context, flags map[string]string) error{"serve": playServe, "child": playChild}
	life := os.Getenv("LIFE")
	switch {
	case life == "" && (len(os.Args) < 2 || play[os.Args[1]] == nil):
		os.Exit(m.Run())
	case life != "":
		play = map[string]func(context.Context, map[string]string) error{os.Args[1]: func(ctx context.Context, _ map[string]string) error {
			o := good()
			o.Data, o.Server = life, os.Args[1]
			return Run(ctx, o, func(Announcement) {}, nil, quiet)
		}}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flags := map[string]string{}
	for i, arg := range os.Args {
		if name, ok := strings.CutPrefix(arg, "--"); ok && i+1 < len(os.Args) {
			flags[name] = os.Args[i+1]
		}
	}
	if err := play[os.Args[1]](ctx, flags); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func playServe(ctx context.Context, flags map[string]string) error {
	roles, err := serve.ParseRoles(flags["roles"])
	if err != nil {
		return err
	}
	return serve.Run(ctx, datadir.Layout{Root: flags["data"]}, serve.Process{Name: flags["name"], Roles: roles, Standby: slices.Contains(os.Args, "--standby"), Share: provisioner.Share(flags["operations"])}, quiet)
}

func playChild(ctx context.Context, flags map[string]string) error {
	l := datadir.Layout{Root: flags["data"], UIDBase: datadir.DefaultUIDBase}
	switch os.Args[2] {
	case "store":
		return objectstore.Serve(ctx, objectstore.Config{Dir: l.StoreDir(), KeyringDir: l.StoreKeys(), Listen: flags["listen"], AdminSocket: l.StoreSocket(), Log: quiet})
	case "mail":
		return embedded.RunMail(ctx, embedded.Mail{Dir: l.MailDir(), SMTP: flags["smtp"], HTTP: flags["http"], AddressFile: l.MailAddresses()})
	default:
		return process.RunAgent(ctx, process.Config{Dir: l.Root, EdgeGID: l.EdgeUID(), ControlGID: l.ControlUID(), FirstUID: l.FirstInstanceUID(), Log: quiet})
	}
}

// house is a data directory on which lives follow each other, with a server that can be told to misbehave when a
// start asks for its version, which is after everything but control and edge runs.
type house struct {
	*testing.T
	layout datadir.Layout
	server string
}

func setup(t *testing.T) house {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // sockets need a short path
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	h := house{t, datadir.Layout{Root: filepath.Join(dir, "data"), UIDBase: datadir.DefaultUIDBase}, filepath.Join(dir, "workspace-server")}
	script := fmt.Sprintf("#!/bin/sh\n[ -e %[1]s/broken ] && exit 1\n[ -e %[1]s/slow ] && touch %[1]s/asked && exec sleep 600\n[ $1 = schema ] && exec echo 1\necho 1.0.0\n", dir)
	must(t, os.WriteFile(h.server, []byte(script), 0o755))
	t.Cleanup(func() {
		if children, err := supervisor.New(h.layout.Children(), quiet); err == nil {
			_ = children.Stop(context.Background(), slices.Concat(asking(h.layout), answering)...)
		}
		_ = os.RemoveAll(dir)
	})
	return h
}

func (h house) path(name string) string { return filepath.Join(filepath.Dir(h.layout.Root), name) }

// life is a process that runs `up`.
type life struct {
	*exec.Cmd
	said  *strings.Builder
	ended chan struct{}
}

func (h house) begin() *life {
	h.Helper()
	exe, err := os.Executable()
	must(h.T, err)
	l := &life{Cmd: exec.Command(exe, h.server), said: &strings.Builder{}, ended: make(chan struct{})}
	l.Env = append(os.Environ(), "LIFE="+h.layout.Root)
	l.Stderr = l.said
	must(h.T, l.Start())
	go func() {
		_ = l.Wait()
		close(l.ended)
	}()
	h.Cleanup(func() {
		_ = l.Process.Kill()
		<-l.ended
	})
	return l
}

// up waits until the life says that everything answers.
func (h house) up(l *life) {
	h.Helper()
	h.eventually("up.json", func() bool {
		data, err := os.ReadFile(h.layout.UpFile())
		var a Announcement
		if err == nil {
			must(h.T, json.Unmarshal(data, &a))
		}
		select {
		case <-l.ended:
			h.Fatalf("it ended: %s", l.said)
		default:
		}
		return err == nil && a.PID == l.Process.Pid
	})
}

// end waits for the life's end and returns what it said.
func (h house) end(l *life) string {
	h.Helper()
	select {
	case <-l.ended:
		return l.said.String()
	case <-time.After(patience + 30*time.Second): // then whoever takes long was killed
		h.Fatal("it does not end")
		return ""
	}
}

// left is the children that run, each with its record.
func (h house) left() map[string]string {
	h.Helper()
	left := map[string]string{}
	for _, name := range supervisor.Left(h.layout.Children()) {
		data, err := os.ReadFile(filepath.Join(h.layout.Children(), name+".json"))
		must(h.T, err)
		left[name] = string(data)
	}
	return left
}

func (h house) silent() {
	h.Helper()
	if _, err := os.Stat(h.layout.UpFile()); !os.IsNotExist(err) {
		h.Errorf("up.json is still there: %v", err)
	}
}

func (h house) eventually(what string, ok func() bool) {
	h.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(60 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			h.Fatalf("waited in vain for: %s", what)
		}
	}
}
