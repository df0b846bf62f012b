package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/accesslog"
)

// logShelf is what a control plane has of the access log.
type logShelf struct {
	answer   int // to segments; 0: they are taken
	segments []accesslog.Accepted
	lines    strings.Builder // of these, as the edge wrote them
	standing []feed.LogStanding
	heard    func() // is called before a standing is answered; nil: nothing is
}

func (c *control) takeLog(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	status := http.StatusNoContent
	switch {
	case r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+c.token:
		status = http.StatusUnauthorized
	case r.URL.Path == feed.LogStandingPath:
		s, err := feed.ParseLogStanding(body)
		if c.log.standing = append(c.log.standing, s); err != nil {
			status = http.StatusBadRequest
		}
		if c.log.heard != nil {
			c.log.heard()
		}
	case c.log.answer != 0:
		status = c.log.answer
	default:
		a, err := accesslog.Accept(body, time.Now(), everybody)
		if c.log.segments = append(c.log.segments, a); err != nil || c.log.read(body) != nil {
			status = http.StatusBadRequest
		}
	}
	w.WriteHeader(status)
}

// read adds the lines of a segment, whose blocks are compressed one behind the other.
func (l *logShelf) read(segment []byte) error {
	_, blocks, err := accesslog.ParseHeader(segment)
	if err != nil {
		return err
	}
	lines, err := gzip.NewReader(bytes.NewReader(segment[blocks:]))
	if err != nil {
		return err
	}
	_, err = io.Copy(&l.lines, lines)
	return err
}
