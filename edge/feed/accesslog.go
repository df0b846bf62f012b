package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	// SegmentsPath is where an edge POSTs a segment of the access log, as internal/accesslog packs it, with the same token. The answer is 204
	// once it is in the object store; 422 and 413 say that it never will be.
	SegmentsPath = "/edge/v1/access-log/segments"
	// SegmentType is what a segment is sent as.
	SegmentType = "application/vnd.longhouse.access-log"
	// LogStandingPath is where it POSTs a LogStanding, with the same token, twice a minute. The answer is 204.
	LogStandingPath = "/edge/v1/access-log/standing"
	// MaxLogStanding bounds the body.
	MaxLogStanding = 4 << 10
)

// LogStanding says how far an edge has handed its access log over.
type LogStanding struct {
	Identity
	Until    time.Time `json:"until"`    // all that had ended before is handed over, or lost
	Segments int64     `json:"segments"` // that wait
	Bytes    int64     `json:"bytes"`    // of these
	Lost     int64     `json:"lost"`     // lines that nobody will ever read, since it last said so
}

// ParseLogStanding reads one.
func ParseLogStanding(body []byte) (s LogStanding, err error) {
	if json.Unmarshal(body, &s) != nil {
		return LogStanding{}, errors.New(`how far a log is handed over is {"edge": "edg_...", "name": "...", "lease": "els_...", "until": "2026-11-30T12:00:00Z", "segments": 0, "bytes": 0, "lost": 0}`)
	}
	if err := s.check(); err != nil {
		return LogStanding{}, err
	}
	s.Until = s.Until.UTC() // in which it may be of another year
	if s.Until.IsZero() || s.Until.Year() < 1 || s.Until.Year() > 9999 {
		return LogStanding{}, errors.New("until is missing: it is a time")
	}
	for name, n := range map[string]int64{"segments": s.Segments, "bytes": s.Bytes, "lost": s.Lost} {
		if n < 0 || n > mostCounted {
			return LogStanding{}, fmt.Errorf("%s is %d: allowed is 0 to %d", name, n, int64(mostCounted))
		}
	}
	return s, nil
}
