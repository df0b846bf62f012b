package unixsocket

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func listen(t *testing.T, path string) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
}

func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhus") // short: sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestDialReachesASocketAndNothingElseOfItsName(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	socket, link, file := filepath.Join(dir, "s"), filepath.Join(dir, "l"), filepath.Join(dir, "f")
	listen(t, socket)
	if err := errors.Join(os.Symlink(socket, link), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{socket: nil, link: unix.ENOTSOCK, file: unix.ENOTSOCK, dir: unix.ENOTSOCK, dir + "/none": unix.ENOENT} {
		conn, err := Dial(t.Context(), path)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

func TestDialFollowsLinksOnTheWay(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "real"), 0o700), os.Symlink("real", filepath.Join(dir, "way"))); err != nil {
		t.Fatal(err)
	}
	listen(t, filepath.Join(dir, "real", "s"))
	conn, err := Dial(t.Context(), filepath.Join(dir, "way", "s"))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}
