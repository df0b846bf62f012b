package process

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/provisioner/workload/conformance"
)

const (
	testEdgeGID    = 389000
	testControlGID = 389002
	testFirstUID   = 389100
)

var nextUID atomic.Int64

// The test binary plays the agent and the instances too.
func TestMain(m *testing.M) {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	var err error
	switch role {
	case "play-agent":
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		err = RunAgent(ctx, testConfig(os.Args[2]))
	case "play-agent-bare": // on a machine without cgroups
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		err = runAgent(ctx, testConfig(os.Args[2]), cgroups{})
	case "play-instance":
		err = conformance.Serve()
	case "play-hog": // takes memory until it is stopped
		for hoard := [][]byte{}; ; hoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20)) {
			if len(hoard) == 512 {
				pause(context.Background(), nil, time.Hour)
			}
		}
	case "play-spinner": // never rests
		for hash := []byte("spin"); ; hash = sha256.New().Sum(hash[:4]) {
			if len(hash) < 4 {
				break
			}
		}
	case "play-daemonizer": // leaves a process outside of its session, group and environment
		daemon := exec.Command(os.Args[0], "play-idle")
		daemon.SysProcAttr, daemon.Env = &syscall.SysProcAttr{Setsid: true}, []string{}
		if err = daemon.Start(); err == nil {
			err = conformance.Serve()
		}
	case "play-fugitive": // leaves a process so, and ends
		daemon := exec.Command(os.Args[0], "play-idle")
		daemon.SysProcAttr, daemon.Env = &syscall.SysProcAttr{Setsid: true}, []string{}
		err = errors.Join(daemon.Start(), errors.New("as told"))
	case "play-chain":
		err = playChain()
	case "play-link":
		forkOn()
	case "play-groups":
		playGroups()
	case "play-delegate": // says of a group that it is ours, as systemd does
		err = unix.Setxattr(os.Args[2], "trusted.delegate", []byte("1"), 0)
	case "play-idle":
		pause(context.Background(), nil, time.Hour)
	case "play-crash":
		err = errors.New("as told")
	case "play-connect":
		err = playConnect(os.Args[2], os.Args[3:])
	default:
		code := m.Run()
		_ = os.RemoveAll(filepath.Dir(testBinary()))
		os.Exit(code)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// playConnect reports which sockets can be connected to.
func playConnect(report string, sockets []string) error {
	open := map[string]bool{}
	for _, s := range sockets {
		conn, err := net.Dial("unix", s)
		if errors.Is(err, syscall.EPROTOTYPE) { // another kind of socket, that may be opened
			conn, err = net.Dial("unixpacket", s)
		}
		open[s] = err == nil
		if err == nil {
			_ = conn.Close()
		}
	}
	b, err := json.Marshal(open)
	if err != nil {
		return err
	}
	return os.WriteFile(report, b, 0o600)
}

func testConfig(dir string) Config {
	return Config{
		Dir: dir, EdgeGID: testEdgeGID, ControlGID: testControlGID, FirstUID: testFirstUID,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}
}

// testBinary is this binary where every user can run it.
var testBinary = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("/tmp", "lhbin")
	must(err)
	must(os.Chmod(dir, 0o755))
	exe, err := os.Executable()
	must(err)
	b, err := os.ReadFile(exe)
	must(err)
	path := filepath.Join(dir, "server")
	must(os.WriteFile(path, b, 0o755))
	return path
})

var testDigest = sync.OnceValue(func() string {
	sum, err := (&binaries{seen: map[identity]string{}}).digest(testBinary())
	must(err)
	return sum
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// machine is a data directory with an agent in a process of its own.
type machine struct {
	cfg    Config
	agent  *proc.Process
	client *Client
	role   string
}

func setup(t *testing.T) *machine { t.Helper(); return setupAs(t, "play-agent") }

// setupAs has the agent played by a role.
func setupAs(t *testing.T, role string) *machine {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // short: sockets
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{cfg: testConfig(dir), role: role}
	t.Cleanup(func() { m.destroy(t) })
	m.start(t)
	return m
}

func (m *machine) logFile() string { return filepath.Join(m.cfg.Dir, "agent.log") }

func (m *machine) start(t *testing.T) {
	t.Helper()
	agent, err := proc.Start(proc.Spec{
		Path: testBinary(), Args: []string{m.role, m.cfg.Dir}, LogFile: m.logFile(),
		Env: []string{conformance.OfTheEngine + "=1"}, Turn: proc.ShortTurn, // as under longhouse up
	})
	if err != nil {
		t.Fatal(err)
	}
	m.agent, m.client = agent, NewClient(Socket(m.cfg.Dir))
	eventually(t, "an agent that answers", func() bool {
		_, err := m.client.List(t.Context())
		return err == nil
	})
}

// kill ends the agent without warning.
func (m *machine) kill(t *testing.T) {
	t.Helper()
	if err := m.agent.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-m.agent.Done()
}

func (m *machine) destroy(t *testing.T) {
	_ = m.agent.Kill(context.Background())
	for _, records := range m.cfg.strays() {
		for _, r := range records {
			if p, err := proc.Adopt(r); err == nil {
				_ = p.Kill(context.Background())
			}
		}
	}
	if b, _ := os.ReadFile(m.logFile()); t.Failed() {
		t.Logf("the agent's log:\n%s", b)
	}
	entries, _ := os.ReadDir(m.cfg.instancesDir())
	for groups := findCgroups(); len(entries) > 0; entries = entries[1:] {
		eventually(t, "an empty cgroup", func() bool {
			return groups.empty(entries[0].Name()) == nil && groups.remove(entries[0].Name()) == nil
		})
	}
	_ = os.RemoveAll(m.cfg.Dir)
}

func (m *machine) Engine() workload.Host { return m.client }

func (m *machine) Restart(t *testing.T) {
	t.Helper()
	m.kill(t)
	m.start(t)
}

func (m *machine) Desired(*testing.T) workload.Desired {
	return workload.Desired{
		ID: id.Show(id.Instance, id.New()), Generation: 1,
		Binary: testBinary(), Args: []string{"play-instance"}, SHA256: testDigest(),
		UID: testFirstUID + int(nextUID.Add(1)), DrainGrace: 5 * time.Second,
		Reach: []string{}, Broker: &workload.Broker{},
	}
}

func (m *machine) Client(o workload.Observed) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", o.Socket)
		},
	}}
}

// run applies a new instance and waits until it serves.
func (m *machine) run(t *testing.T, d workload.Desired) workload.Observed {
	t.Helper()
	if err := m.client.Apply(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return m.serving(t, d.ID)
}

func (m *machine) serving(t *testing.T, id string) workload.Observed {
	t.Helper()
	var o workload.Observed
	eventually(t, "an instance that is ready", func() bool {
		o = m.observe(t, id)
		return o.Ready
	})
	return o
}

func (m *machine) observe(t *testing.T, id string) workload.Observed {
	t.Helper()
	o, err := m.client.Observe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
