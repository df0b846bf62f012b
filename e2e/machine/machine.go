// Package machine runs a real `longhouse up` for end-to-end tests: its own data directory, its own ports, everything
// gone afterwards. It never looks into the parts: tests that do so get the directory.
package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Machine is a running `longhouse up`.
type Machine struct {
	Dir  string // its data directory
	Bin  string // the folder of the programs
	Up   Announcement
	args []string
	up   *exec.Cmd
	end  chan error // what came of it, once it has ended
	log  *os.File
}

// Announcement is what DIR/up.json says.
type Announcement struct {
	PID  int    `json:"pid"`
	API  string `json:"api"`
	Edge struct {
		HTTP string `json:"http"`
	} `json:"edge"`
	Mail              string `json:"mail"`
	BaseDomain        string `json:"base_domain"`
	Metrics           string `json:"metrics"`
	OperatorTokenFile string `json:"operator_token_file"`
}

// Start brings a machine up and waits until everything answers. It is stopped, and its directory removed, when t ends.
func Start(t testing.TB, args ...string) *Machine {
	t.Helper()
	return StartFrom(t, Programs(t), args...)
}

// StartFrom is Start with the programs of another folder than those under test.
func StartFrom(t testing.TB, bin string, args ...string) *Machine {
	t.Helper()
	// Not t.TempDir: unix sockets need a short path, and parts with other user ids must pass through.
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	m := &Machine{Dir: filepath.Join(dir, "d"), Bin: bin, args: args}
	t.Cleanup(func() {
		m.Interrupt(t)
		if t.Failed() {
			m.show(t)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the data directory: %v", err)
		}
	})
	m.Again(t)
	return m
}

// Again runs `longhouse up` on the machine's directory, after it was interrupted or killed, with more arguments than the first time.
func (m *Machine) Again(t testing.TB, more ...string) {
	t.Helper()
	log, err := os.OpenFile(m.Dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	m.log = log
	args := slices.Concat([]string{"up", "-v", "--data", m.Dir, "--http", "127.0.0.1:0", "--api", "127.0.0.1:0", "--canaries", "0"}, m.args, more)
	m.up = exec.Command(filepath.Join(m.Bin, "longhouse"), args...)
	m.up.Stdout, m.up.Stderr = log, log
	m.up.Env = append(os.Environ(), "LONGHOUSE_FAULT=@"+m.Dir+".faults")
	if m.unpaced() {
		m.up.Env = append(m.up.Env, "LONGHOUSE_WORKSPACE_RATE=1000000", "LONGHOUSE_ADDRESS_RATE=1000000")
	}
	m.up.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := m.up.Start(); err != nil {
		t.Fatal(err)
	}
	m.end = make(chan error, 1)
	go func(c *exec.Cmd, end chan<- error) { end <- c.Wait() }(m.up, m.end)
	m.await(t)
}

// unpaced reports whether as much may be asked as wanted, as all clients of a test have one address. Settings that the version before has to read
// can't say so.
func (m *Machine) unpaced() bool { return m.Bin == os.Getenv("LONGHOUSE_BIN") }

// Faults tells the machine's own workers what to do to operations from now on (see provisioner/fault_inject.go); empty: nothing.
func (m *Machine) Faults(t testing.TB, faults string) {
	t.Helper()
	next := m.Dir + ".faults.next"
	if err := os.WriteFile(next, []byte(faults), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, m.Dir+".faults"); err != nil { // nobody ever reads half of it
		t.Fatal(err)
	}
}

func (m *Machine) await(t testing.TB) {
	t.Helper()
	Eventually(t, 90*time.Second, "longhouse up to answer", func() error {
		select {
		case err := <-m.end:
			said, _ := os.ReadFile(m.Dir + ".log")
			m.up = nil
			t.Fatalf("longhouse up ended: %v\n%s", err, said)
		default:
		}
		data, err := os.ReadFile(filepath.Join(m.Dir, "up.json"))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &m.Up); err != nil {
			return err
		}
		if m.Up.PID != m.up.Process.Pid {
			return errors.New("up.json is of an earlier start")
		}
		return nil
	})
}

// Interrupt presses Ctrl-C and waits for the end.
func (m *Machine) Interrupt(t testing.TB) {
	t.Helper()
	if m.up == nil {
		return
	}
	_ = m.up.Process.Signal(os.Interrupt)
	if err := <-m.end; err != nil {
		t.Errorf("longhouse up did not end well after Ctrl-C: %v", err)
	}
	m.up = nil
	_ = m.log.Close()
}

// Kill ends `longhouse up` as kill -9 does; its children go on.
func (m *Machine) Kill(t testing.TB) {
	t.Helper()
	if err := m.up.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-m.end
	m.up = nil
	_ = m.log.Close()
}

// Child returns the process id of one of the children, from the record that is kept for its adoption.
func (m *Machine) Child(t testing.TB, name string) int {
	t.Helper()
	var record struct {
		Process struct {
			PID int `json:"pid"`
		} `json:"process"`
	}
	data, err := os.ReadFile(filepath.Join(m.Dir, "run", "children", name+".json"))
	if err == nil {
		err = json.Unmarshal(data, &record)
	}
	if err != nil {
		t.Fatalf("read the record of %s: %v", name, err)
	}
	return record.Process.PID
}

// CLI runs a verb of longhouse against the machine's API with this token, and decodes its JSON into out.
func (m *Machine) CLI(t testing.TB, token string, out any, args ...string) {
	t.Helper()
	stdout, stderr, err := m.TryCLI(token, args...)
	if err != nil {
		t.Fatalf("longhouse %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(stdout, out); err != nil {
		t.Fatalf("longhouse %s printed %q: %v", strings.Join(args, " "), stdout, err)
	}
}

// TryCLI runs a verb and returns what it printed.
func (m *Machine) TryCLI(token string, args ...string) (stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(m.Bin, "longhouse"), append(args, "--json")...)
	c.Env = []string{"LONGHOUSE_API=" + m.Up.API, "LONGHOUSE_TOKEN=" + token, "HOME=" + m.Dir, "PATH=" + os.Getenv("PATH")}
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err = c.Run()
	return o.Bytes(), e.Bytes(), err
}

// Operator returns the token of the machine's operator.
func (m *Machine) Operator(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(m.Up.OperatorTokenFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// show prints the ends of all logs, for a test that failed.
func (m *Machine) show(t testing.TB) {
	files, _ := filepath.Glob(filepath.Join(m.Dir, "logs", "*.log"))
	more, _ := filepath.Glob(filepath.Join(m.Dir, "logs", "instances", "*.log"))
	for _, file := range append(append(files, more...), m.Dir+".log") {
		data, _ := os.ReadFile(file)
		if len(data) > 3000 {
			data = data[len(data)-3000:]
		}
		t.Logf("==> %s\n%s", file, data)
	}
}

// Programs returns the folder of the programs under test, which `make` has built.
func Programs(t testing.TB) string {
	t.Helper()
	bin := os.Getenv("LONGHOUSE_BIN")
	if bin == "" {
		t.Fatal("LONGHOUSE_BIN must name the folder with longhouse and workspace-server, built with -tags faults: run `make e2e`")
	}
	return bin
}

// Eventually tries until it works, with short pauses, and fails the test when that takes too long.
func Eventually(t testing.TB, within time.Duration, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s: %v", within, what, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}
