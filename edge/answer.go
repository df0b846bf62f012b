package edge

import (
	"net/http"
	"time"
)

// answerWriter remembers what was answered. Hijack reaches the connection through Unwrap.
type answerWriter struct {
	http.ResponseWriter
	status int // 0 until the final header is written
	bytes  int64
	left   bool // the client took no more
	// expected is the length that the instance announced. Until that many bytes are written each piece is flushed: what
	// the instance lets go of the edge doesn't keep. ReverseProxy does so where no length is announced; told to do it
	// always, it would send every header in a packet of its own.
	expected int64

	stall       time.Duration // how long the client may take for a piece
	streams     bool          // of HTTP/2 and 3: there a deadline ends the answer also while nothing is being written
	over        func() error  // says why it is over, for an exchange over a stream
	deadlineSet time.Time
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.keepTaking()
	defer w.taken()
	w.ResponseWriter.WriteHeader(status)
}

// FlushError lets go of what was written.
func (w *answerWriter) FlushError() error {
	w.keepTaking()
	defer w.taken()
	if err := w.ended(); err != nil {
		return err
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// ended says why nothing more is to be written. An exchange may be severed just before its deadline is moved on.
func (w *answerWriter) ended() error {
	if w.over == nil {
		return nil
	}
	return w.over()
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.keepTaking()
	defer w.taken()
	if err := w.ended(); err != nil {
		return 0, err
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	w.left = w.left || err != nil
	if err == nil && w.bytes < w.expected {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}
