package unixsocket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary plays the program that inherits sockets: it says its name to whoever comes, until it is told to stop.
func TestMain(m *testing.M) {
	if os.Getenv("HEIR") == "" {
		os.Exit(m.Run())
	}
	if err := inherit(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func inherit() error {
	all, err := Inherited(2)
	if err != nil {
		return err
	}
	for path, bound := range all {
		l, err := Listener(bound)
		if err != nil {
			return err
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte(path))
				_ = conn.Close()
			}
		}()
	}
	fmt.Println("listening")
	_, err = os.Stdin.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func TestSocketsAreInheritedByTheirPaths(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	heir := exec.CommandContext(t.Context(), os.Args[0])
	heir.Env = []string{"HEIR=1"}
	kinds := map[string]int{"unix": unix.SOCK_STREAM, "unixpacket": unix.SOCK_SEQPACKET}
	for network, kind := range kinds {
		bound, err := Bind(filepath.Join(dir, network), kind)
		if err != nil {
			t.Fatal(err)
		}
		heir.ExtraFiles = append(heir.ExtraFiles, bound)
		if _, err := net.Dial(network, bound.Name()); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("%s: before anybody listens: %v", network, err)
		}
	}
	in, err1 := heir.StdinPipe()
	out, err2 := heir.StdoutPipe()
	if err := errors.Join(err1, err2, heir.Start()); err != nil {
		t.Fatal(err)
	}
	for _, bound := range heir.ExtraFiles {
		_ = bound.Close()
	}
	if _, err := out.Read(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	for network := range kinds {
		path := filepath.Join(dir, network)
		conn, err := net.Dial(network, path)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(conn)
		if err != nil || string(said) != path {
			t.Errorf("at %s answers %q, %v", path, said, err)
		}
	}
	_ = in.Close()
	if err := heir.Wait(); err != nil {
		t.Error(err)
	}
}

func TestWhatListensBeforeItIsInheritedKeepsWhoComes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	bound, err := Bind(path, unix.SOCK_STREAM)
	if err == nil {
		err = Listen(bound)
	}
	if err != nil {
		t.Fatal(err)
	}
	early, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listener(bound)
	if err != nil {
		t.Fatal(err)
	}
	late, err := l.Accept()
	if err == nil {
		_, err = late.Write([]byte("x"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := early.Read(make([]byte, 8)); n != 1 || err != nil {
		t.Errorf("who came before got %d bytes, %v", n, err)
	}
}

func TestSocketsAreMadeOnlyWhereThereIsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Bind(path, unix.SOCK_STREAM); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("err = %v", err)
	}
}
