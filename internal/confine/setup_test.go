package confine

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/internal/proc"
)

// The test binary plays what is confined: ATTACK names an attack, AIM what it is directed at, REPORT where it tells.
func TestMain(m *testing.M) {
	name := os.Getenv("ATTACK")
	if name == "" {
		os.Exit(m.Run())
	}
	if err := play(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func play(name string) error {
	var aim attack.Aim
	if err := json.Unmarshal([]byte(os.Getenv("AIM")), &aim); err != nil {
		return err
	}
	tries, err := attack.Run(name, aim)
	if err != nil {
		return err
	}
	b, err := json.Marshal(tries)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(aim.Own, "report"), b, 0o600)
}

// world has something of everything that isn't the attacker's.
func world(t *testing.T) attack.Aim {
	t.Helper()
	others := t.TempDir()
	secret, socket := filepath.Join(others, "secret"), filepath.Join(others, "s")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	abstract := "longhouse" + others
	port := serve(t, "tcp", "127.0.0.1:0")
	serve(t, "unix", socket)
	serve(t, "unix", "@"+abstract)
	return attack.Aim{Own: t.TempDir(), Files: []string{secret}, Folders: []string{others}, Sockets: []string{socket},
		Abstract: []string{abstract}, Addresses: []string{port}, PIDs: []int{os.Getpid()}, Most: 1 << 10}
}

func serve(t *testing.T, network, address string) string {
	t.Helper()
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	return ln.Addr().String()
}

// allowed are rules under which the test binary can play its part and no more.
func allowed(t *testing.T, aim attack.Aim) Rules {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	loaders, _ := filepath.Glob("/lib*/ld-linux*") // the pattern is a good one
	return Rules{
		Run:  append(loaders, exe),
		Read: []string{"/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache", "/nonexistent"},
		Use:  []string{"/dev/null"},
		Keep: []string{aim.Own},
	}
}

// under makes an attack with the thread hook given, as the caller's own user: only what confines it stands in its way.
func under(t *testing.T, name string, aim attack.Aim, thread func() error) []attack.Try {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(aim)
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	p, err := proc.Start(proc.Spec{Path: exe, Env: []string{"ATTACK=" + name, "AIM=" + string(b)}, LogFile: log, Thread: thread})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill(context.Background()) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if status, err := p.Wait(ctx); err != nil || status != (proc.ExitStatus{Known: true}) {
		said, _ := os.ReadFile(log)
		t.Fatalf("attack %s: %s, %v: %s", name, status, err, said)
	}
	var tries []attack.Try
	if b, err = os.ReadFile(filepath.Join(aim.Own, "report")); err == nil {
		err = json.Unmarshal(b, &tries)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tries
}
