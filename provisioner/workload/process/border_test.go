package process

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// connects runs a process with the credential, which tries the sockets.
func connects(t *testing.T, m *machine, c *proc.Credential, sockets ...string) map[string]bool {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhtry")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	report := filepath.Join(dir, "r")
	p, err := proc.Start(proc.Spec{
		Path: testBinary(), Args: append([]string{"play-connect", report}, sockets...), Credential: c,
		LogFile: m.logFile(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); err != nil || status != (proc.ExitStatus{Known: true}) {
		t.Fatalf("trying as %s: %s, %v", c, status, err)
	}
	b, err := os.ReadFile(report)
	open := map[string]bool{}
	if err == nil {
		err = json.Unmarshal(b, &open)
	}
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func TestOnlyThoseMeantToReachASocketDo(t *testing.T) {
	t.Parallel()
	onlyThoseMeantTo(t, &workload.Broker{})
}

func TestOnlyThoseMeantToReachASocketThatAnInstanceMadeDo(t *testing.T) {
	t.Parallel()
	onlyThoseMeantTo(t, nil)
}

func onlyThoseMeantTo(t *testing.T, broker *workload.Broker) {
	t.Helper()
	m := setup(t)
	d, neighbour := m.Desired(t), m.Desired(t)
	d.Broker = broker
	o := m.run(t, d)
	calls := filepath.Join(filepath.Dir(filepath.Dir(o.Socket)), "broker")
	m.run(t, neighbour)
	for _, s := range []string{o.Socket, o.AdminSocket} { // however careless the server is
		if err := os.Chmod(s, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	agent := Socket(m.cfg.Dir)
	type reach struct{ socket, admin, agent, calls bool }
	cases := map[string]struct {
		as   *proc.Credential
		want reach
	}{"the caller": {nil, reach{true, true, true, broker != nil}}}
	if asRoot() { // without root there is one user, and nothing to tell apart: the weaker mode
		who := func(uid int, groups ...int) *proc.Credential {
			return &proc.Credential{UID: uid, GID: uid, Groups: groups}
		}
		cases["the instance"] = struct {
			as   *proc.Credential
			want reach
		}{who(d.UID), reach{broker == nil, broker == nil, false, false}}
		cases["the edge"] = struct {
			as   *proc.Credential
			want reach
		}{who(testEdgeGID), reach{socket: true}}
		cases["the control plane"] = struct {
			as   *proc.Credential
			want reach
		}{who(testControlGID), reach{admin: true, agent: true}}
		cases["a neighbour"] = struct {
			as   *proc.Credential
			want reach
		}{who(neighbour.UID), reach{}}
		cases["a stranger"] = struct {
			as   *proc.Credential
			want reach
		}{who(65534), reach{}}
	}
	for name, c := range cases {
		open := connects(t, m, c.as, o.Socket, o.AdminSocket, agent, calls)
		if got := (reach{open[o.Socket], open[o.AdminSocket], open[agent], open[calls]}); got != c.want {
			t.Errorf("%s reaches %+v, want %+v", name, got, c.want)
		}
	}
}

func TestSocketFolderIsMadeAnewSoThatLinksInItLeadNowhere(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	o := m.run(t, d)
	victim := filepath.Join(m.cfg.Dir, "victim")
	if err := os.Mkdir(victim, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(victim, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(o.AdminSocket), "link") // as a hostile instance could
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	before, err := os.Lstat(victim)
	if err != nil {
		t.Fatal(err)
	}
	m.Client(o).Get("http://instance/crash") // it dies without an answer
	eventually(t, "its second life", func() bool { o := m.observe(t, d.ID); return o.Restarts == 1 && o.PID != 0 })
	m.serving(t, d.ID)
	after, err := os.Lstat(victim)
	if err != nil || after.Mode() != before.Mode() || !exists(filepath.Join(victim, "f")) {
		t.Fatalf("the link's target became %v, %v", after, err)
	}
	if exists(link) {
		t.Fatal("the link is still there")
	}
}

func TestInstanceCannotReplaceItsSocketFolders(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	d.Broker = nil
	o := m.run(t, d)
	owner, other := os.Getuid(), os.Getuid()
	edge, control := os.Getgid(), os.Getgid()
	if asRoot() {
		other, edge, control = d.UID, testEdgeGID, testControlGID
	}
	for path, want := range map[string]struct {
		mode     os.FileMode
		uid, gid int
	}{
		filepath.Dir(filepath.Dir(o.Socket)): {0o711, owner, os.Getgid()},
		filepath.Dir(o.Socket):               {0o710 | os.ModeSetgid, other, edge},
		filepath.Dir(o.AdminSocket):          {0o710 | os.ModeSetgid, other, control},
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		if info.Mode() != want.mode|os.ModeDir || int(st.Uid) != want.uid || int(st.Gid) != want.gid {
			t.Errorf("%s: %v of %d:%d, want %v of %d:%d", path, info.Mode(), st.Uid, st.Gid, want.mode, want.uid, want.gid)
		}
	}
}

func TestSocketsThatAnInstanceIsGivenAreNotItsOwn(t *testing.T) {
	t.Parallel()
	m := setup(t)
	o := m.run(t, m.Desired(t))
	edge, control := os.Getgid(), os.Getgid()
	if asRoot() {
		edge, control = testEdgeGID, testControlGID
	}
	run := filepath.Dir(filepath.Dir(o.Socket))
	for path, want := range map[string]struct {
		mode os.FileMode
		gid  int
	}{
		run: {os.ModeDir | 0o711, os.Getgid()}, filepath.Dir(o.Socket): {os.ModeDir | os.ModeSetgid | 0o710, edge},
		filepath.Dir(o.AdminSocket): {os.ModeDir | os.ModeSetgid | 0o710, control}, filepath.Join(run, "broker"): {os.ModeSocket | 0o600, os.Getgid()},
		o.Socket: {os.ModeSocket | 0o660, edge}, o.AdminSocket: {os.ModeSocket | 0o660, control},
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); info.Mode() != want.mode || int(st.Uid) != os.Geteuid() || int(st.Gid) != want.gid {
			t.Errorf("%s: %v of %d:%d, want %v of %d:%d", path, info.Mode(), st.Uid, st.Gid, want.mode, os.Geteuid(), want.gid)
		}
	}
}

func TestReadinessIsNotAskedBehindALink(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	o := m.run(t, d)
	var asked atomic.Int32
	other := filepath.Join(m.cfg.Dir, "other")
	ln, err := net.Listen("unix", other)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })}
	t.Cleanup(func() { _ = srv.Close() })
	go func() { _ = srv.Serve(ln) }()
	if !answers(t.Context(), other) || asked.Swap(0) != 1 {
		t.Fatal("the other server doesn't answer, so this test shows nothing")
	}
	if err := errors.Join(os.Remove(o.Socket), os.Symlink(other, o.Socket)); err != nil { // as a hostile instance could
		t.Fatal(err)
	}
	if o := m.observe(t, d.ID); o.Ready || asked.Load() != 0 {
		t.Errorf("behind a link: ready %v, asked %d times", o.Ready, asked.Load())
	}
	if err := errors.Join(os.Remove(o.Socket), os.WriteFile(o.Socket, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if o := m.observe(t, d.ID); o.Ready || o.State != workload.StateRunning {
		t.Errorf("with a file in the socket's place: %+v", o)
	}
}

func TestInstanceRunsAsItsOwnUser(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	o := m.run(t, d)
	status := processStatus(t, o.PID)
	uid, groups := os.Getuid(), ""
	if asRoot() {
		uid = d.UID
	} else {
		groups = status["Groups"] // the caller's own
	}
	if got := strings.Fields(status["Uid"]); got[0] != itoa(uid) || got[3] != itoa(uid) {
		t.Errorf("uid = %v, want %d", got, uid)
	}
	if status["Groups"] != groups || status["NoNewPrivs"] != "1" {
		t.Errorf("groups %q, no_new_privs %s", status["Groups"], status["NoNewPrivs"])
	}
	if asRoot() {
		d := m.Desired(t)
		d.UID = testFirstUID - 1
		if err := m.client.Apply(t.Context(), d); err == nil || !strings.Contains(err.Error(), "must be "+itoa(testFirstUID)) {
			t.Errorf("an instance under a number of the system: %v", err)
		}
	}
}

func TestConfigSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	good := testConfig("/tmp/x")
	for want, change := range map[string]func(*Config){
		"absolute":         func(c *Config) { c.Dir = "data" },
		"allowed are 86":   func(c *Config) { c.Dir = "/" + strings.Repeat("x", 86) },
		"log: must be set": func(c *Config) { c.Log = nil },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q in it", err, want)
		}
	}
	longest := good
	longest.Dir = "/" + strings.Repeat("x", 85)
	if err := longest.Validate(); err != nil {
		t.Error(err)
	}
	if err := workload.ValidID("in_1"); err == nil {
		t.Error("a short id passes")
	}
	ln, err := net.Listen("unix", filepath.Join("/tmp", strings.Repeat("x", maxSocketPath-5)))
	if err != nil {
		t.Fatalf("a path of %d bytes: %v", maxSocketPath, err)
	}
	_ = ln.Close()
}
