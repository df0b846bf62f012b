package process

import (
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/provisioner/workload/conformance"
)

// What is around the instances of this engine is the machine of the tests.

func (m *machine) Victim(t *testing.T, neighbour workload.Observed, left conformance.Leavings) attack.Aim {
	t.Helper()
	aim := attack.Aim{
		Files: []string{left.File, "/etc/shadow", "/etc/passwd"}, Folders: []string{left.Folder}, Abstract: []string{abstract(t)},
		Sockets: []string{neighbour.Socket, neighbour.AdminSocket}, Doors: []string{door(t)}, Addresses: []string{m.Listener(t)},
		PIDs: []int{1, os.Getpid(), neighbour.PID},
	}
	if left.Abstract != "" {
		aim.Abstract = append(aim.Abstract, left.Abstract)
	}
	return aim
}

func (m *machine) Gone(_ *testing.T, id string, left conformance.Leavings) bool {
	return !exists(left.Folder) && !exists(m.cfg.workDir(id))
}

func (m *machine) LogBytes(_ *testing.T, id string) (total int64) {
	files, _ := filepath.Glob(m.cfg.logFile(id) + "*")
	for _, file := range files {
		total += blocks(file)
	}
	return total
}

// abstract is the name of an abstract socket of somebody else.
func abstract(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("unix", "@longhouse-conformance-"+rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()[1:]
}

// door is a socket of somebody else that is open to everybody.
func door(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhdoor")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", path)
	if err == nil {
		t.Cleanup(func() { _ = ln.Close() })
		err = errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o777))
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (m *machine) Listener(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}
