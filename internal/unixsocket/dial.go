// Package unixsocket connects to unix sockets that lie in the folder of somebody who isn't trusted, makes sockets for programs
// that may make none, and removes those of one's own that nobody took over. It owns the care that this takes, and knows nothing
// of what is said there.
package unixsocket

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Dial connects to a unix socket, and to nothing else that has its name: a link that its owner put there must not lead us,
// who may open more than they, to another's. What was looked at is what is connected to. The folders on the way are the
// caller's to trust.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: fmt.Errorf("%s: %w", path, err)}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: fmt.Errorf("%s: %w", path, err)}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: fmt.Errorf("%s is no socket: %w", path, unix.ENOTSOCK)}
	}
	return new(net.Dialer).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", fd))
}
