package edge

import (
	"context"
	"net"
	"net/http"
	"time"
)

// cutOff is the reason of a request or web socket that was in progress when its client's address came to be denied.
const cutOff = "address_cut"

// peer is a client's connection, as its requests over HTTP/1.1 know it. They end with it.
type peer struct {
	conn net.Conn
	end  context.CancelFunc
}

type peerKey struct{}

// severable gives all that happens on a connection an end. net/http would notice that the connection is closed too, unless the
// client has sent more than one request, or nobody reads the body of the one.
func severable(ctx context.Context, c net.Conn) context.Context {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn() // closing TLS tells the client so, and would wait for one that takes nothing
	}
	ctx, end := context.WithCancel(ctx)
	return context.WithValue(ctx, peerKey{}, &peer{c, end})
}

// sever ends x wherever it is: the client gets no further byte, and its instance hears no more of it. Other streams of its
// connection go on, and know nothing of it. The door sees to it that x is still in progress.
func (x *exchange) sever() {
	if x.severed {
		return
	}
	x.severed = true
	if x.end != nil {
		x.end()
		stream := http.NewResponseController(x.w.ResponseWriter)
		_ = stream.SetWriteDeadline(time.Unix(1, 0)) // which resets a stream of HTTP/2
		if x.overQUIC {
			_ = stream.SetReadDeadline(time.Unix(1, 0))
		}
	} else if p, ok := x.ctx.Value(peerKey{}).(*peer); ok {
		p.end()
		_ = p.conn.Close()
	}
	if x.socket != nil {
		x.socket.hangUp()
	}
}

// endIfOver resets a stream of HTTP/3 whose exchange was severed, or that its client has left: what is still to be written would bring the answer to
// a good end.
func (x *exchange) endIfOver() {
	if x.overQUIC && x.ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}
}

// become makes a web socket end where its exchange does.
func (x *exchange) become(t *tunnel) {
	x.door.mu.Lock()
	defer x.door.mu.Unlock()
	if x.socket = t; x.severed {
		t.hangUp()
	}
}

// conclude is for an exchange that is over. What it was severed for outweighs what came of that.
func (x *exchange) conclude() {
	x.leave()
	x.leavePlace()
	if x.severed {
		x.refused, x.fault = cutOff, false
	}
	if x.end != nil {
		x.end()
	}
}
