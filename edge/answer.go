package edge

import (
	"net/http"
	"time"
)

// answerWriter remembers what was answered. Flush and hijack reach the connection through Unwrap.
type answerWriter struct {
	http.ResponseWriter
	status int // 0 until the final header is written
	bytes  int64
	// expected is the length that the instance announced. Until that many bytes are written each piece is flushed: what
	// the instance lets go of the edge doesn't keep. ReverseProxy does so where no length is announced; told to do it
	// always, it would send every header in a packet of its own.
	expected int64

	stall       time.Duration // how long the client may take for a piece
	deadlineSet time.Time
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.keepTaking()
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.keepTaking()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	if err == nil && w.bytes < w.expected {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}
