package edge

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxLoggedPath = 512
	maxLoggedWord = 32 // of a method, or a protocol: over HTTP/3 both are what a client makes up
)

// accessLog takes a line for each request that has ended. A nil one takes none.
type accessLog struct {
	said *accessWriter // to the edge's own log
	kept *accessWriter // for those whose workspace it was; nil: nobody keeps them
	pool sync.Pool
}

// note writes the line of a request: to the log, and, where it came to a workspace, to what is kept for that one. The query is left out, it may
// hold tokens.
func (a *accessLog) note(x *exchange) {
	if a == nil {
		return
	}
	now := time.Now()
	ended := now.UTC()
	buffer, ok := a.pool.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	b := append((*buffer)[:0], `{"time":"`...)
	b = append(ended.AppendFormat(b, time.RFC3339Nano), '"')
	timed := len(b)
	b = append(b, `,"level":"INFO","msg":"request","role":"edge"`...)
	if x.route != nil {
		b = appendText(append(b, `,"workspace":`...), x.route.WorkspaceID)
	}
	head := len(b)
	b = x.appendLine(b, now.Sub(x.started)) // by the clock that nobody sets, which ended has no more
	a.said.take(ended, b[:head], b[head:])
	if a.kept != nil && x.route != nil {
		ends := len(b)
		b = append(append(b, x.route.WorkspaceID...), ' ')
		b = append(b, b[:timed]...)
		a.kept.take(ended, b[ends:], b[head:ends])
	}
	*buffer = b
	a.pool.Put(buffer)
}

// appendLine adds what a line says behind its time, to its end.
func (x *exchange) appendLine(b []byte, took time.Duration) []byte {
	b = appendText(append(b, `,"request":`...), x.requestID)
	b = append(b, `,"client":"`...)
	if x.client.IsValid() {
		b = x.client.WithZone("").AppendTo(b) // an interface of this machine says nothing of a client
	}
	b = appendText(append(b, `","method":`...), loggedWord(x.r.Method))
	b = appendText(append(b, `,"host":`...), x.host)
	b = appendText(append(b, `,"path":`...), loggedPath(x.r.URL.Path))
	b = strconv.AppendInt(append(b, `,"status":`...), int64(x.w.status), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), x.w.bytes, 10)
	b = strconv.AppendFloat(append(b, `,"seconds":`...), took.Seconds(), 'f', 6, 64)
	b = appendText(append(b, `,"protocol":`...), loggedWord(x.r.Proto))
	if x.refused != "" {
		b = appendText(append(b, `,"refused":`...), x.refused)
	}
	if x.tunnel {
		b = append(b, `,"web_socket":true`...)
	}
	if !x.finished {
		b = append(b, `,"aborted":true`...)
	}
	return append(b, '}', '\n')
}

// appendText adds a text as JSON has it. What is no UTF-8 is put as U+FFFD.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // a string always has a form
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

func loggedWord(word string) string { return word[:min(len(word), maxLoggedWord)] }

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
