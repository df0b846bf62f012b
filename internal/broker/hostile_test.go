package broker

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// raw is a program that speaks for itself.
func raw(t *testing.T, dial dialer) (line *net.UnixConn, ended chan error) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range pair {
		file := os.NewFile(uintptr(fd), "line")
		conn, err := net.FileConn(file)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		ends[i] = conn.(*net.UnixConn)
		t.Cleanup(func() { _ = conn.Close() })
	}
	ended = make(chan error, 1)
	go func() { ended <- Serve(t.Context(), ends[0], 2, dial) }()
	return ends[1], ended
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestNonsenseEndsTheLine(t *testing.T) {
	t.Parallel()
	for name, packet := range map[string][]byte{
		"no JSON":     []byte("dial tcp x"),
		"a number":    []byte(`{"id":-1}`),
		"an array":    []byte(`[]`),
		"too long":    append([]byte(`{"id":1,"network":"`), bytes.Repeat([]byte("x"), longestPacket)...),
		"only spaces": bytes.Repeat([]byte(" "), longestPacket),
	} {
		line, ended := raw(t, anywhere)
		if _, err := line.Write(packet); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "none of ours") {
			t.Errorf("%s: the line ended with %v", name, err)
		}
	}
}

func TestALongAddressIsRefusedWithoutADial(t *testing.T) {
	t.Parallel()
	line, _ := raw(t, func(context.Context, string, string) (net.Conn, error) {
		t.Error("it was dialled")
		return nil, context.Canceled
	})
	if _, err := line.Write(encode(request{ID: 1, Network: "tcp", Address: strings.Repeat("x", longestAddress+1)})); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, longestPacket)
	n, err := line.Read(packet)
	var r reply
	if err != nil || decode(packet[:n], &r) != nil || r.ID != 1 || r.Errno != unix.EINVAL {
		t.Errorf("answered %q, %v", packet[:n], err)
	}
}

// The test counts descriptors of the whole process, so that it runs beside no other.
func TestDescriptorsThatAProgramSendsAreNotKept(t *testing.T) {
	line, ended := raw(t, func(context.Context, string, string) (net.Conn, error) { return nil, unix.EACCES })
	before := descriptors(t)
	packet := make([]byte, longestPacket)
	for range 20 {
		if _, _, err := line.WriteMsgUnix(encode(request{ID: 1}), unix.UnixRights(0, 1, 2), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := line.Read(packet); err != nil {
			t.Fatal(err)
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("there were %d descriptors, and are %d", before, after)
	}
	_ = line.Close()
	if err := <-ended; err != nil {
		t.Errorf("the line ended with %v", err)
	}
}

func TestAProgramThatTakesNoAnswerLosesItsLine(t *testing.T) {
	t.Parallel()
	line, ended := raw(t, func(context.Context, string, string) (net.Conn, error) { return nil, unix.EACCES })
	asked := encode(request{ID: 1})
	go func() {
		for {
			if _, err := line.Write(asked); err != nil {
				return
			}
		}
	}()
	if err := <-ended; err != nil { // the answer that couldn't be given ended it
		t.Errorf("the line ended with %v", err)
	}
}
