package process

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pingURL        = "http://instance/api/v4/system/ping"
	answerWithin   = time.Second // one that answers more slowly isn't ready
	longestHeaders = 64 << 10
)

// answers says whether the instance that listens on the socket is ready. The instance is not to be trusted: it may
// answer slowly, endlessly, or with a redirection, which is no yes.
func answers(ctx context.Context, socket string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, pingURL, nil)
	if err != nil {
		panic(err) // the address is a constant
	}
	one := &http.Transport{
		DisableKeepAlives: true, MaxResponseHeaderBytes: longestHeaders,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, socket) },
	}
	resp, err := one.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// dialSocket connects to a unix socket, and to nothing else that has its name: we may be root, and a link that the
// instance put there must not lead us elsewhere. What was looked at is what is connected to.
func dialSocket(ctx context.Context, path string) (net.Conn, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, fmt.Errorf("%s is no socket", path)
	}
	return (&net.Dialer{}).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", fd))
}
