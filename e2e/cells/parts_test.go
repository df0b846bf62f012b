package cells

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// parts are what a second cell is made of, run with the commands of docs/cells.md.
type parts struct {
	m        *machine.Machine
	dir      string
	socket   string // of the folder of the database server
	adminURL string
	store    *store
	url      string // the file that says where the databases are
}

// workers is the user that workers run as.
func workers() int {
	if os.Geteuid() != 0 {
		return os.Getuid()
	}
	return 300002
}

// startParts runs the first commands of the chapter: what opens the parts, and the store.
func startParts(t *testing.T, m *machine.Machine) parts {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhcell")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // for the workers, as all that leads to the program
		t.Fatal(err)
	}
	server := testdb.Cluster(t)
	p := parts{m: m, dir: dir, socket: server.SocketDir, adminURL: server.AdminURL, url: filepath.Join(dir, "etc", "north.url")}
	if said, err := exec.Command("cp", filepath.Join(m.Bin, "longhouse"), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	prepare, run, ok := strings.Cut(blocks(t, "A further cell")[0], "setpriv ")
	if !ok {
		t.Fatal("docs/cells.md does not say how a store is run")
	}
	p.shell(t, "", prepare)
	p.store = &store{p: p, t: t, command: "setpriv " + run, Admin: admin.NewClient(filepath.Join(dir, "north", "run", "store", "admin.sock")), listen: "127.0.0.1:0"}
	t.Cleanup(p.store.Kill)
	p.store.StartAgain()
	return p
}

// add runs the command that writes the cell down, in the first cell's region.
func (p parts) add(t *testing.T, op string) {
	t.Helper()
	command, _, _ := strings.Cut(blocks(t, "A further cell")[1], "\nlonghouse cells plan")
	p.shell(t, op, command)
}

// here puts what this machine has in the place of what stands on the page.
func (p parts) here(command string) string {
	var endpoint, listen string
	if p.store != nil {
		endpoint, listen = p.store.Endpoint, p.store.listen
	}
	user := strconv.Itoa(workers())
	pairs := []string{"postgres://postgres@/postgres?host=/run/north/pg", p.adminURL, "/run/north/pg", p.socket, "/etc/longhouse", filepath.Join(p.dir, "etc"),
		"/srv/north", filepath.Join(p.dir, "north"), "--listen 127.0.0.1:9100", "--listen " + listen, "--store 127.0.0.1:9100", "--store " + endpoint,
		"cells add north --region north", "cells add second --region local", "workspaces=100", "workspaces=6", "300002", user}
	if os.Geteuid() != 0 { // who can't be another user is the workers' already
		pairs = append([]string{"setpriv --reuid 300002 --regid 300002 --clear-groups ", ""}, pairs...)
	}
	return strings.NewReplacer(pairs...).Replace(command)
}

func (p parts) bash(op, command string) *exec.Cmd {
	c := exec.Command("bash", "-eu", "-o", "pipefail", "-c", p.here(command))
	c.Env = []string{"LONGHOUSE_API=" + p.m.Up.API, "LONGHOUSE_TOKEN=" + op, "HOME=" + p.dir, "PATH=" + p.dir + ":" + os.Getenv("PATH")}
	return c
}

func (p parts) shell(t *testing.T, op, command string) {
	t.Helper()
	if said, err := p.bash(op, command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", p.here(command), err, said)
	}
}

// store is the second cell's, as the page says how it is run.
type store struct {
	p        parts
	t        *testing.T
	command  string
	listen   string
	Endpoint string
	Admin    *admin.Client
	cmd      *exec.Cmd
}

// Kill ends the store as a power cut of its process would.
func (s *store) Kill() {
	if s.cmd != nil && s.cmd.ProcessState == nil {
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		_ = s.cmd.Wait()
	}
}

// StartAgain starts it on the same data, at its last port where the address is the same.
func (s *store) StartAgain() {
	s.t.Helper()
	s.p.store = s
	s.cmd = s.p.bash("", "exec "+s.command)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	log := &strings.Builder{}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	machine.Eventually(s.t, time.Minute, "the second store to serve", func() error {
		ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
		defer cancel()
		info, err := s.Admin.Info(ctx)
		if err != nil || !info.Ready {
			return fmt.Errorf("ready %t, %w", info.Ready, err)
		}
		s.Endpoint = info.Endpoint
		return nil
	})
}

var block = regexp.MustCompile("(?s)\n```sh\n(.*?)\n```\n")

// blocks are the commands of a chapter of docs/cells.md.
func blocks(t *testing.T, chapter string) (list []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/cells.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## "+chapter+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for _, found := range block.FindAllStringSubmatch(text, -1) {
		list = append(list, found[1])
	}
	if len(list) < 2 {
		t.Fatalf("the chapter %q of docs/cells.md has the commands %q", chapter, list)
	}
	return list
}
