package edge

import (
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// exchange is one request on its way through the stages, and what they found out about it.
type exchange struct {
	w       *answerWriter
	r       *http.Request
	started time.Time

	requestID string
	client    netip.Addr // of the connection's other end; invalid when that isn't an address
	host      string     // canonical
	route     *Route
	admitted  *upstream // set by the last stage only; without it nothing is proxied

	refused  string // why the edge itself answered
	tunnel   bool   // became a web socket
	finished bool   // false when the connection was torn down half-way
}

func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	return &exchange{
		w: &answerWriter{ResponseWriter: w}, r: r, started: time.Now(),
		requestID: requestID(r.Header), client: clientAddress(r.RemoteAddr),
	}
}

// clientAddress drops the port and unmaps ::ffff:a.b.c.d, so that one client has one address.
func clientAddress(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

const (
	requestIDHeader = "X-Request-Id"
	minRequestID    = 8
	maxRequestID    = 64
)

// requestID takes the client's when it can go into a log and a page as it stands, else makes one of 128 bits.
func requestID(h http.Header) string {
	if given := h[requestIDHeader]; len(given) == 1 && validRequestID(given[0]) {
		return given[0]
	}
	return rand.Text()
}

func validRequestID(id string) bool {
	if len(id) < minRequestID || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// answerWriter remembers what was answered. Flush and hijack reach the connection through Unwrap.
type answerWriter struct {
	http.ResponseWriter
	status int // 0 until the final header is written
	bytes  int64
	// expected is the length that the instance announced. Until that many bytes are written each piece is flushed: what
	// the instance lets go of the edge doesn't keep. ReverseProxy does so where no length is announced; told to do it
	// always, it would send every header in a packet of its own.
	expected int64
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	if err == nil && w.bytes < w.expected {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}

// log writes the access log's line. The query is left out, it may hold tokens.
func (x *exchange) log(log *slog.Logger) {
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("request_id", x.requestID),
		slog.String("client", x.client.String()),
		slog.String("method", x.r.Method),
		slog.String("host", x.host),
		slog.String("path", loggedPath(x.r.URL.Path)),
		slog.Int("status", x.w.status),
		slog.Int64("bytes", x.w.bytes),
		slog.Float64("seconds", time.Since(x.started).Seconds()),
	)
	if x.route != nil {
		attrs = append(attrs, slog.String("workspace_id", x.route.WorkspaceID))
	}
	if x.refused != "" {
		attrs = append(attrs, slog.String("refused", x.refused))
	}
	if x.tunnel {
		attrs = append(attrs, slog.Bool("web_socket", true))
	}
	if !x.finished {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	log.LogAttrs(x.r.Context(), slog.LevelInfo, "request", attrs...)
}
