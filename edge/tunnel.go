package edge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// handshakeLimit is how long an instance may take to answer an upgrade.
	handshakeLimit = 30 * time.Second
	// stallLimit is how long one write may wait for a peer that takes nothing before the web socket is given up.
	stallLimit = time.Minute
	// tunnelBuffer is small, because most web sockets are idle and each holds two.
	tunnelBuffer = 4 << 10
)

// isWebSocket follows RFC 6455 section 4.2.1. A body has no place in a handshake, and what follows one is the tunnel's.
func isWebSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ProtoMinor == 1 &&
		r.ContentLength == 0 && len(r.TransferEncoding) == 0 &&
		len(r.Header["Upgrade"]) == 1 && strings.EqualFold(r.Header["Upgrade"][0], "websocket") &&
		hasToken(r.Header["Connection"], "upgrade")
}

func hasToken(values []string, token string) bool {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// tunnel hands a web-socket handshake to the instance and, when that agrees, joins the two connections. It is our own
// rather than ReverseProxy's, because the edge must know its web sockets to close them and hold little memory for each.
func (p *proxy) tunnel(x *exchange) {
	if p.tunnels.draining() {
		x.refuse(leaving)
		return
	}
	back, err := x.dial()
	if err != nil {
		x.upstreamFailed(x.w, x.r, err)
		return
	}
	defer back.Close()
	stop := context.AfterFunc(x.r.Context(), func() { _ = back.Close() }) // or an instance that hangs would keep who has left
	defer stop()
	limit := &io.LimitedReader{R: back, N: maxUpstreamHeader}
	answers := bufio.NewReaderSize(limit, tunnelBuffer)
	res, err := x.handshake(back, answers)
	if err != nil {
		x.upstreamFailed(x.w, x.r, err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols {
		limit.N = math.MaxInt64
		p.declined(x, res)
		return
	}
	if !stop() {
		x.upstreamFailed(x.w, x.r, context.Canceled)
		return
	}
	p.join(x, back, answers, res)
}

// handshake sends the request on and reads the head of the answer.
func (x *exchange) handshake(back net.Conn, answers *bufio.Reader) (*http.Response, error) {
	out := x.r.Clone(x.r.Context())
	removeHopByHop(out.Header)
	x.rebuildForwarded(out.Header)
	out.Header["Connection"], out.Header["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = []string{""} // or Write would invent one
	}
	out.Host, out.Body = x.upstreamHost(), nil
	x.passTarget(out.URL)

	if err := back.SetDeadline(time.Now().Add(handshakeLimit)); err != nil {
		return nil, err
	}
	if err := out.Write(back); err != nil {
		return nil, err
	}
	res, err := readResponse(answers, out)
	if err != nil {
		return nil, err
	}
	return res, back.SetDeadline(time.Time{})
}

// readResponse skips what an instance may say before its answer.
func readResponse(answers *bufio.Reader, to *http.Request) (*http.Response, error) {
	for range 5 {
		res, err := http.ReadResponse(answers, to)
		if err != nil {
			return nil, err
		}
		err = sound(res)
		if errors.Is(err, errSwitched) || err == nil && res.StatusCode >= http.StatusOK {
			return res, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the instance sent too many interim answers")
}

// declined passes on an answer other than 101.
func (p *proxy) declined(x *exchange, res *http.Response) {
	removeHopByHop(res.Header)
	_ = x.finishHeader(res)
	h := x.w.Header()
	for name, values := range res.Header {
		h[name] = values
	}
	x.w.WriteHeader(res.StatusCode)
	buffer := p.buffers.Get()
	defer p.buffers.Put(buffer)
	if _, err := io.CopyBuffer(x.w, res.Body, buffer); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// join takes the client's connection over and copies both ways until both ends are done.
func (p *proxy) join(x *exchange, back net.Conn, answers *bufio.Reader, res *http.Response) {
	front, client, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		x.refuse(unreachable)
		return
	}
	t := p.tunnels.add(x.route.WorkspaceID, front, back)
	if t == nil {
		x.refused = "draining"
		return
	}
	x.tunnel, x.w.status = true, http.StatusSwitchingProtocols
	defer p.tunnels.remove(t)
	x.become(t)

	_ = x.finishHeader(res)
	if err := agree(front, client, res); err != nil {
		return
	}
	x.w.bytes = t.run(client.Reader, answers)
}

// agree tells the client that its web socket has begun.
func agree(front net.Conn, client *bufio.ReadWriter, res *http.Response) error {
	if stream, ok := front.(*streamSocket); ok {
		return stream.agree(res.Header)
	}
	res.Header["Connection"], res.Header["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	res.Body = http.NoBody
	return errors.Join(res.Write(client), client.Flush())
}

func removeHopByHop(h http.Header) {
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate",
		"Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		delete(h, name)
	}
}
