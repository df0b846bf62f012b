package proc

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary plays the children: PROC_ROLE says which one, PROC_FILE where it reports.
func TestMain(m *testing.M) {
	role, file := os.Getenv("PROC_ROLE"), os.Getenv("PROC_FILE")
	switch role {
	case "":
		os.Exit(m.Run())
	case "idle":
		report(file, "up")
		pause()
	case "exit7":
		os.Exit(7)
	case "parent": // starts an idle child and waits to be killed
		p, err := Start(self("idle", file+".child"))
		if err != nil {
			panic(err)
		}
		report(file, p.Record())
		pause()
	case "family": // a grandchild in the same group; neither heeds SIGTERM
		signal.Ignore(syscall.SIGTERM)
		grandchild := exec.Command(os.Args[0])
		grandchild.Env = []string{"PROC_ROLE=idle", "PROC_FILE=" + file + ".grandchild"}
		if err := grandchild.Start(); err != nil {
			panic(err)
		}
		report(file, grandchild.Process.Pid)
		pause()
	case "status": // what the kernel says about us
		fmt.Println("to the log")
		b, err := os.ReadFile("/proc/self/status")
		if err != nil {
			panic(err)
		}
		report(file, string(b)+"Env: "+strings.Join(os.Environ(), " ")+"\n")
		os.Exit(0)
	}
}

// pause blocks for good; to the runtime select{} would be a deadlock.
func pause() {
	for {
		_ = syscall.Pause()
	}
}

func self(role, file string) Spec {
	return Spec{Path: testBinary(), Env: []string{"PROC_ROLE=" + role, "PROC_FILE=" + file}}
}

func testBinary() string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return exe
}

// report makes the file appear complete.
func report(file string, v any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(file+".part", b, 0o600)
	}
	if err == nil {
		err = os.Rename(file+".part", file)
	}
	if err != nil {
		panic(err)
	}
}

func reported[T any](t *testing.T, file string) (v T) {
	t.Helper()
	var b []byte
	eventually(t, "report in "+filepath.Base(file), func() (ok bool) {
		var err error
		b, err = os.ReadFile(file)
		return err == nil
	})
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
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
