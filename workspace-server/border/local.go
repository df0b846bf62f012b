package border

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// denied are the system's answers that are a rule's doing.
func denied(err error) bool { return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) }

// met is the outcome of a try that ended with err.
func met(err error, what string) (Outcome, string) {
	number := syscall.Errno(0)
	switch {
	case err == nil:
		return Crossed, what
	case denied(err):
		return Held, "permission denied"
	case errors.As(err, &number):
		return Unclear, number.Error()
	default:
		return Unclear, "it did not work, and no rule is known to be why"
	}
}

// connection opens one, and says nothing on it: by itself, and if that is refused by asking whoever makes our connections.
func connection(ctx context.Context, own config.Settings, network, address string) (Outcome, string) {
	var d net.Dialer
	outcome, detail := connected(ctx, d.DialContext, network, address)
	if outcome == Held && own.Dial != nil {
		return connected(ctx, own.Dial, network, address)
	}
	return outcome, detail
}

func connected(ctx context.Context, dial broker.Dial, network, address string) (Outcome, string) {
	conn, err := dial(ctx, network, address)
	if err == nil {
		_ = conn.Close()
	}
	return met(err, "it was opened")
}

func file(path string) (Outcome, string) {
	f, err := os.Open(path)
	if err == nil {
		_ = f.Close()
	}
	return met(err, "it was opened")
}

// process asks whether the other's process would take a signal of ours, and reads what it was started with.
func process(pid int) (Outcome, string) {
	signal := syscall.Kill(pid, 0)
	if outcome, detail := met(signal, "it takes our signals"); outcome != Held {
		return outcome, detail
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/environ", pid))
	if err == nil {
		defer func() { _ = f.Close() }()
		_, err = f.Read(make([]byte, 1))
	}
	return met(err, "its environment can be read")
}
