package drain

import (
	"net"
	"sync"
)

// gate is a listener that can be closed before its server knows: the server then waits in Accept.
type gate struct {
	net.Listener
	once   sync.Once
	shut   chan struct{} // closed: nobody is let in any more
	parked chan struct{} // closed: everybody whom Accept has returned is known to the server
	over   chan struct{} // closed by the server
	ending sync.Once
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err == nil {
		return conn, nil
	}
	select {
	case <-g.shut:
		close(g.parked)
		<-g.over
		return nil, net.ErrClosed
	default:
		return nil, err
	}
}

// close lets nobody in, and returns when the server has come to know of all who were.
func (g *gate) close() {
	g.once.Do(func() {
		close(g.shut)
		_ = g.Listener.Close()
	})
	select {
	case <-g.parked:
	case <-g.over:
	}
}

// Close implements net.Listener.
func (g *gate) Close() (err error) {
	g.ending.Do(func() {
		close(g.over)
		g.once.Do(func() { err = g.Listener.Close() })
	})
	return err
}
