package edge

import (
	"log/slog"
	"strings"
	"time"
)

const (
	maxLoggedPath   = 512
	maxLoggedMethod = 32
)

// log writes the access log's line. The query is left out, it may hold tokens.
func (x *exchange) log(log *slog.Logger) {
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("request", x.requestID),
		slog.String("client", x.client.String()),
		slog.String("method", x.r.Method[:min(len(x.r.Method), maxLoggedMethod)]),
		slog.String("host", x.host),
		slog.String("path", loggedPath(x.r.URL.Path)),
		slog.Int("status", x.w.status),
		slog.Int64("bytes", x.w.bytes),
		slog.Float64("seconds", time.Since(x.started).Seconds()),
	)
	if x.route != nil {
		attrs = append(attrs, slog.String("workspace", x.route.WorkspaceID))
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

// loggedPath is the path as the access log may keep it. In the chat protocol the identifier of an incoming webhook, or
// of an invitation, is itself the credential: who knows the path may post, or join. Segments are compared rather than
// prefixes, because a path need not be clean to be understood.
func loggedPath(path string) string {
	for _, segment := range []string{"/hooks/", "/invite/"} {
		if i := indexFold(path, segment); i >= 0 {
			path = path[:i+len(segment)] + "***"
		}
	}
	if len(path) > maxLoggedPath {
		return path[:maxLoggedPath] + "..."
	}
	return path
}

// indexFold is strings.Index without regard to the case of ASCII letters in s.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i] == lower[0] && strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}
