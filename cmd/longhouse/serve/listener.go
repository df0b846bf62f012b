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
	return inheritedAs(ctx, supervisor.ListenerVariable)
}

func inheritedAs(ctx context.Context, variable string) (net.Listener, error) {
	file, err := descriptor(variable)
	if file == nil || err != nil {
		return nil, err
	}
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("use the inherited socket: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = file.Close() })
	return l, nil
}

// tellLeaving lets `longhouse up` know when ctx ends: it starts the next process beside this one, which finishes what it has
// in hand and takes no more.
func tellLeaving(ctx context.Context) error {
	file, err := descriptor(supervisor.LeavingVariable)
	if file == nil || err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = file.Close() })
	return nil
}

// descriptor returns the one that a variable of `longhouse up` names, or nil where there is none.
func descriptor(variable string) (*os.File, error) {
	text, ok := os.LookupEnv(variable)
	if !ok {
		return nil, nil
	}
	fd, err := strconv.Atoi(text)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("%s=%q: must be the number of a descriptor", variable, text)
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), variable), nil
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
