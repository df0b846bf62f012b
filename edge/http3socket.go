package edge

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// A web socket over HTTP/3 is a stream (RFC 9220). The library tells clients that it may be had, whether it may or not, and there are browsers
// that then ask for it and for nothing else; so it may. From the gate on it is what it would be over HTTP/1.1, as its instance sees it.

// asksForSocket reports whether a request is such a handshake.
func asksForSocket(r *http.Request) bool {
	return r.Method == http.MethodConnect && r.Proto == "websocket"
}

// openSocket has the gate decide about a handshake, and stays until the web socket is over.
func (f *http3Front) openSocket(w http.ResponseWriter, r *http.Request, c *caller) {
	ctx, end := context.WithCancel(r.Context())
	defer end()
	s := &streamSocket{answer: w, caller: c}
	f.handler.ServeHTTP(socketWriter{callerWriter{w, c}, s}, asUpgrade(r.WithContext(context.WithValue(ctx, peerKey{}, &peer{s, end}))))
	if r.Context().Err() != nil {
		time.Sleep(resetPause)
	}
	if s.current() == nil && (s.agreed || ctx.Err() != nil) { // it was severed, or its client left, before the answer was sent
		panic(http.ErrAbortHandler)
	}
}

// asUpgrade turns a handshake into the one of HTTP/1.1. The key is nobody's: over a stream there is none.
func asUpgrade(r *http.Request) *http.Request {
	r.Method, r.Proto, r.ProtoMajor, r.ProtoMinor = http.MethodGet, "HTTP/1.1", 1, 1
	r.Body, r.ContentLength = http.NoBody, 0
	key := make([]byte, 16)
	_, _ = rand.Read(key) // it never fails
	r.Header = r.Header.Clone()
	r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	r.Header["Sec-Websocket-Key"] = []string{base64.StdEncoding.EncodeToString(key)}
	delete(r.Header, "Content-Length")
	return r
}

// socketWriter answers a handshake.
type socketWriter struct {
	callerWriter
	socket *streamSocket
}

// Hijack implements http.Hijacker.
func (w socketWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.socket, bufio.NewReadWriter(bufio.NewReaderSize(w.socket, tunnelBuffer), bufio.NewWriterSize(w.socket, 0)), nil
}

// WriteHeader is for what is no web socket. To its client a good end would be one.
func (w socketWriter) WriteHeader(status int) {
	if status/100 == 2 {
		status = http.StatusBadGateway
	}
	w.callerWriter.WriteHeader(status)
}

// streamSocket is the client's end of a web socket over a stream. It is one once the handshake is answered.
type streamSocket struct {
	answer http.ResponseWriter
	caller *caller
	agreed bool // for the handler alone

	mu       sync.Mutex
	stream   *http3.Stream
	closed   bool
	finished bool // nothing more is written
}

// agree answers the handshake. Meanwhile the socket may be closed, which waits for nobody.
func (s *streamSocket) agree(h http.Header) error {
	removeHopByHop(h)
	delete(h, "Sec-Websocket-Accept")
	head := s.answer.Header()
	removeHopByHop(head)
	for name, values := range h {
		head[name] = values
	}
	s.agreed = true
	if err := http.NewResponseController(s.answer).SetWriteDeadline(time.Now().Add(stallLimit)); err != nil {
		return err
	}
	if s.over() { // perhaps before the deadline was moved on
		return net.ErrClosed
	}
	s.answer.WriteHeader(http.StatusOK)
	stream, err := s.answer.(http3.HTTPStreamer).HTTPStream()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream = stream; s.closed {
		s.cancel()
		return net.ErrClosed
	}
	return nil
}

func (s *streamSocket) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// cancel ends the stream, with the socket locked.
func (s *streamSocket) cancel() {
	s.stream.CancelRead(quic.StreamErrorCode(http3.ErrCodeRequestCanceled))
	if !s.finished {
		s.stream.CancelWrite(quic.StreamErrorCode(http3.ErrCodeRequestCanceled))
	}
}

func (s *streamSocket) current() *http3.Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream
}

var errUnanswered = errors.New("the handshake of the web socket is not answered yet")

// Read implements net.Conn.
func (s *streamSocket) Read(p []byte) (int, error) {
	if stream := s.current(); stream != nil {
		return stream.Read(p)
	}
	return 0, errUnanswered
}

// Write implements net.Conn.
func (s *streamSocket) Write(p []byte) (int, error) {
	stream := s.current()
	switch {
	case stream == nil:
		return 0, errUnanswered
	case s.caller.strayed():
		return 0, errMoved
	}
	return stream.Write(p)
}

// CloseWrite tells the client that nothing more comes.
func (s *streamSocket) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished || s.stream == nil {
		return nil
	}
	s.finished = true
	return s.stream.Close()
}

// Close implements net.Conn.
func (s *streamSocket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.stream == nil {
		return http.NewResponseController(s.answer).SetWriteDeadline(time.Unix(1, 0)) // of an answer that is being sent
	}
	s.cancel()
	return nil
}

// LocalAddr implements net.Conn.
func (s *streamSocket) LocalAddr() net.Addr { return s.caller.conn.LocalAddr() }

// RemoteAddr implements net.Conn.
func (s *streamSocket) RemoteAddr() net.Addr { return s.caller.conn.RemoteAddr() }

// SetDeadline implements net.Conn.
func (s *streamSocket) SetDeadline(at time.Time) error {
	return errors.Join(s.SetReadDeadline(at), s.SetWriteDeadline(at))
}

// SetReadDeadline implements net.Conn.
func (s *streamSocket) SetReadDeadline(at time.Time) error {
	if stream := s.current(); stream != nil {
		return stream.SetReadDeadline(at)
	}
	return errUnanswered
}

// SetWriteDeadline implements net.Conn.
func (s *streamSocket) SetWriteDeadline(at time.Time) error {
	if stream := s.current(); stream != nil {
		return stream.SetWriteDeadline(at)
	}
	return errUnanswered
}
