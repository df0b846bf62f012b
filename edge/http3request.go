package edge

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// answer has the gate decide about a request over HTTP/3, as about all others.
func (f *http3Front) answer(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r.Context())
	defer c.begin()()
	f.findEnd(w, r)
	// Who it is from was settled when the request had come: by then the connection may have moved.
	if clientAddress(r.RemoteAddr) != c.client || c.strayed() {
		panic(http.ErrAbortHandler)
	}
	if asksForSocket(r) {
		f.openSocket(w, r, c)
		return
	}
	f.handler.ServeHTTP(callerWriter{w, c}, r)
}

// findEnd settles whether a request that names no length, and hardly has a body, has one. HTTP/2 says so in its header, HTTP/3 only by what
// comes next.
func (f *http3Front) findEnd(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength >= 0 || len(r.Header["Expect"]) > 0 {
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodDelete:
	default:
		return
	}
	deadline := http.NewResponseController(w).SetReadDeadline
	_ = deadline(time.Now().Add(f.header)) // reading will say
	first := make([]byte, 1)
	_, err := io.ReadFull(r.Body, first)
	_ = deadline(time.Time{})
	switch {
	case err == nil:
		r.Body = begun{io.MultiReader(bytes.NewReader(first), r.Body), r.Body}
	case errors.Is(err, io.EOF):
		r.ContentLength, r.Body = 0, http.NoBody
	default:
		panic(http.ErrAbortHandler)
	}
}

// begun is a body of which something was read.
type begun struct {
	io.Reader
	io.Closer
}

// callerWriter writes nothing more once the connection has moved to another address.
type callerWriter struct {
	http.ResponseWriter
	caller *caller
}

// Unwrap is for http.ResponseController.
func (w callerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var errMoved = errors.New("the connection moved to another address")

// Write implements io.Writer.
func (w callerWriter) Write(p []byte) (int, error) {
	if w.caller.strayed() {
		return 0, errMoved
	}
	return w.ResponseWriter.Write(p)
}

// WriteHeader leaves out what is said of a connection over HTTP/1: over HTTP/3 that would make the answer malformed.
func (w callerWriter) WriteHeader(status int) {
	h := w.Header()
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"} {
		delete(h, name)
	}
	w.ResponseWriter.WriteHeader(status)
}
