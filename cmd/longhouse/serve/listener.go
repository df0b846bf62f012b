package serve

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/supervisor"
)

// inherited returns the listening socket that `longhouse up` gave to this process, or nil where there is none. Whoever
// takes this process's place gets the same one. The descriptor itself stays open until ctx ends: `up` takes the socket
// from there when it was restarted itself.
func inherited(ctx context.Context) (net.Listener, error) {
	text, ok := os.LookupEnv(supervisor.ListenerVariable)
	if !ok {
		return nil, nil
	}
	fd, err := strconv.Atoi(text)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("%s=%q: must be the number of a descriptor", supervisor.ListenerVariable, text)
	}
	unix.CloseOnExec(fd)
	file := os.NewFile(uintptr(fd), "listener")
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("use the inherited socket %d: %w", fd, err)
	}
	context.AfterFunc(ctx, func() { _ = file.Close() })
	return l, nil
}

// listener is the inherited one, else a new one.
func listener(ctx context.Context, address string) (net.Listener, error) {
	l, err := inherited(ctx)
	if l != nil || err != nil {
		return l, err
	}
	if l, err = net.Listen("tcp", address); err != nil {
		return nil, fmt.Errorf("listen for the API: %w", err)
	}
	return l, nil
}
