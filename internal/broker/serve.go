package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// takesWithin is how long a program may leave an answer lying before its line is given up.
const takesWithin = 2 * time.Second

// Serve answers what the program asks on the line, until that or ctx ends, and closes it. Each dial has a goroutine of its
// own; more than most at a time wait where they are, in the kernel and at the program's cost. A dial must heed its context.
// The program isn't trusted: it may ask for anything, ask nonsense, and not listen to answers.
func Serve(ctx context.Context, line *net.UnixConn, most int, dial Dial) error {
	ctx, cancel := context.WithCancel(ctx)
	var dials sync.WaitGroup
	defer dials.Wait()
	defer cancel()
	closing := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer func() { closing(); _ = line.Close() }()
	places := make(chan struct{}, most)
	packet := make([]byte, longestPacket)
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		n, err := line.Read(packet)
		if err != nil {
			return ended(ctx, err)
		}
		var asked request
		if err := decode(packet[:n], &asked); err != nil {
			return err
		}
		dials.Go(func() {
			defer func() { <-places }()
			if err := answer(ctx, line, asked, dial); err != nil {
				cancel()
			}
		})
	}
}

// ended is nil for a line that the program closed, and for our own end.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || ctx.Err() != nil {
		return nil
	}
	return err
}

func answer(ctx context.Context, line *net.UnixConn, asked request, dial Dial) error {
	if len(asked.Address) > longestAddress {
		return send(line, refusal(asked.ID, fmt.Errorf("the address is longer than %d bytes: %w", longestAddress, syscall.EINVAL)), nil)
	}
	conn, err := dial(ctx, asked.Network, asked.Address)
	if ctx.Err() != nil {
		if err == nil {
			_ = conn.Close()
		}
		return ctx.Err() // whoever asked asks the next broker
	}
	if err != nil {
		return send(line, refusal(asked.ID, err), nil)
	}
	defer conn.Close() // ours; the program has its own by then
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return fmt.Errorf("hand over a connection: %w", err)
	}
	failed := raw.Control(func(fd uintptr) { err = send(line, reply{ID: asked.ID}, unix.UnixRights(int(fd))) })
	return errors.Join(failed, err)
}

func send(line *net.UnixConn, r reply, rights []byte) error {
	if err := line.SetWriteDeadline(time.Now().Add(takesWithin)); err != nil {
		return err
	}
	if _, _, err := line.WriteMsgUnix(encode(r), rights, nil); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
