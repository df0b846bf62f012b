package controlplane

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/tenants"
)

// logTable is what edges tell of requests.
func (s *Server) logTable() []edgeRow {
	return []edgeRow{{post, feed.SegmentsPath, s.edgeSegment}, {post, feed.LogStandingPath, s.edgeLogStanding}}
}

// edgeSegment takes a segment of an edge's access log, and answers when it is in the object store. That of a fenced edge is taken too: it says what
// the edge did before.
func (s *Server) edgeSegment(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	leave, err := s.logging.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, accesslog.MaxSegment))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: "a segment may have at most " + strconv.Itoa(accesslog.MaxSegment) + " bytes"}
	}
	if err != nil { // the edge has it still
		return problem(ctx, http.StatusRequestTimeout, "the segment has not arrived whole; send it again")
	}
	h, _, err := accesslog.ParseHeader(data)
	if err != nil {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: err.Error()}
	}
	process, err := edgeProcess(ctx, feed.Identity{Edge: h.Edge, Lease: h.Lease})
	if err != nil {
		return err
	}
	if err := s.store.KnowsEdge(ctx, process.Edge); err != nil {
		return err
	}
	var trouble error // of ours, and not of what the edge says
	accepted, err := accesslog.Accept(data, s.now(), func(owners []string) (there map[string]bool, _ error) {
		there, trouble = s.store.HaveLog(ctx, owners)
		return there, trouble
	})
	if trouble != nil {
		return trouble
	}
	if err != nil {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: err.Error()}
	}
	return done(w, s.config.AccessLog.Keep(ctx, accepted))
}

// edgeLogStanding takes an edge's word for how far it has handed its access log over.
func (s *Server) edgeLogStanding(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	body, err := takeAll(w, r, feed.MaxLogStanding)
	if err != nil {
		return err
	}
	told, err := feed.ParseLogStanding(body)
	if err != nil {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: err.Error()}
	}
	process, err := edgeProcess(ctx, told.Identity)
	if err != nil {
		return err
	}
	return done(w, s.store.NoteAccessLog(ctx, process.Edge, tenants.AccessLogStanding{Until: told.Until, Segments: told.Segments, Bytes: told.Bytes, Lost: told.Lost}))
}
