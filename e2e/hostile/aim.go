package hostile

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// filesPerFolder are aimed at: a folder's files differ in nothing but their names.
const filesPerFolder = 3

// everything is all of the machine's that isn't the attacker's: each folder, files in each, each socket, each port that
// is listened on, each process, an abstract socket, and a socket that is open to everybody.
func everything(t *testing.T, m *machine.Machine, of instance) attack.Aim {
	t.Helper()
	six, err := net.Listen("tcp6", "[::1]:0") // as any program of the machine's may
	if err == nil {
		t.Cleanup(func() { _ = six.Close() })
	}
	aim := attack.Aim{Files: []string{"/etc/shadow", "/etc/passwd", "/root/.bashrc"}, Addresses: ports(t, of.desired.Reach), PIDs: processes(t, m, of)}
	own := []string{filepath.Join(m.Dir, "work", of.desired.ID), of.sockets}
	inFolder := map[string]int{}
	err = filepath.WalkDir(m.Dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil: // gone meanwhile
			return nil
		case slices.Contains(own, path):
			return filepath.SkipDir
		case e.IsDir():
			aim.Folders = append(aim.Folders, path)
		case e.Type()&fs.ModeSocket != 0:
			own := strings.HasPrefix(filepath.Base(path), ".s.PGSQL") && strings.Contains(path, "pg-cell") // where its own database is
			if !own && !given(of, path) {
				aim.Sockets = append(aim.Sockets, path)
			}
		case e.Type().IsRegular() && path != of.desired.Binary && inFolder[filepath.Dir(path)] < filesPerFolder:
			inFolder[filepath.Dir(path)]++
			aim.Files = append(aim.Files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	abstract := fmt.Sprintf("longhouse-hostile-%d", os.Getpid())
	ln, err := net.Listen("unix", "@"+abstract)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	aim.Abstract = []string{abstract}
	door := filepath.Join(filepath.Dir(m.Dir), "door")
	open, err := net.Listen("unix", door)
	if err == nil {
		t.Cleanup(func() { _ = open.Close() })
		err = os.Chmod(door, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	aim.Doors = []string{door}
	if len(aim.Files) < 50 || len(aim.Folders) < 50 || len(aim.Sockets) < 8 || len(aim.Addresses) < 3 || len(aim.PIDs) < 12 {
		t.Fatalf("%d files, %d folders, %d sockets, %d ports, %d processes: too few to show anything", len(aim.Files), len(aim.Folders),
			len(aim.Sockets), len(aim.Addresses), len(aim.PIDs))
	}
	if six != nil && !slices.Contains(aim.Addresses, six.Addr().String()) {
		t.Fatalf("%s is listened on, and not among %q", six.Addr(), aim.Addresses)
	}
	return aim
}

// given reports whether an instance is handed connections to a socket.
func given(of instance, socket string) bool {
	broker := of.desired.Broker
	return broker != nil && slices.ContainsFunc(broker.Places, func(p workload.Place) bool { return p.Address == socket })
}

// processes are those of the machine's parts and of the other instances, the first of the system, and our own.
func processes(t *testing.T, m *machine.Machine, of instance) []int {
	t.Helper()
	all := []int{1, os.Getpid(), m.Up.PID}
	for _, part := range []string{"pg-control", "pg-cell", "store", "mail", "agent", "edge", "control", "worker-a", "worker-b", "solo-a", "solo-b"} {
		all = append(all, m.Child(t, part))
	}
	list, err := of.agent.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.ID != of.desired.ID {
			all = append(all, o.PID)
		}
	}
	return all
}

// ports are those that anybody on this machine listens on, over either version of the protocol, but for the reach that the
// instance was given.
func ports(t *testing.T, reach []string) (all []string) {
	t.Helper()
	for table, host := range map[string]string{"/proc/net/tcp": "127.0.0.1", "/proc/net/tcp6": "::1"} {
		b, err := os.ReadFile(table)
		if errors.Is(err, fs.ErrNotExist) && host == "::1" { // a kernel without it
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range listening(string(b)) {
			if address := net.JoinHostPort(host, port); !slices.Contains(reach, address) {
				all = append(all, address)
			}
		}
	}
	return all
}

// listening are the ports that a table of the kernel's shows as listened on, see proc_pid_net(5).
func listening(table string) (ports []string) {
	const state = "0A"
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != state {
			continue
		}
		hex := f[1][strings.LastIndexByte(f[1], ':')+1:]
		if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
			ports = append(ports, strconv.FormatUint(port, 10))
		}
	}
	return ports
}
