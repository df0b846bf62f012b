package controlplane

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// AccessExportIn asks for all of an access log.
type AccessExportIn struct {
	WorkspaceIn
	AccessFilter
}

// AccessEnd is the last line of an export. An export without it has broken off.
type AccessEnd struct {
	End           bool      `json:"end"`
	Lines         int       `json:"lines"`          // before this one
	CompleteUntil time.Time `json:"complete_until"` // all that had ended before is there
}

// exportAccessLog streams lines as they are kept, the last first, and then says that this was the end.
func (s *Server) exportAccessLog(ctx context.Context, in *AccessExportIn) (*huma.StreamResponse, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.accessQuery(ctx, workspace, in.AccessFilter)
	if err != nil {
		return nil, err
	}
	state, err := s.store.AccessLogState(ctx)
	if err != nil {
		return nil, err
	}
	finish, err := s.looks.begin(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer finish()
		_, w := humachi.Unwrap(hc)
		hc.SetHeader("Content-Type", "application/x-ndjson")
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // it outlives the server's time for a request
		leave, err := s.exporting.enter(ctx)
		if err != nil {
			return // nobody waits any more
		}
		defer leave()
		out, told := bufio.NewWriterSize(patient{w}, 64<<10), 0
		err = s.config.AccessLog.Stream(ctx, q, func(line []byte) error {
			told++
			_, _ = out.Write(line) // Flush tells
			return out.WriteByte('\n')
		})
		if err == nil {
			end, _ := json.Marshal(AccessEnd{End: true, Lines: told, CompleteUntil: state.Until})
			_, _ = out.Write(append(end, '\n'))
			err = out.Flush()
		}
		if err != nil {
			noteFailure(ctx, err)
		}
	}}, nil
}
