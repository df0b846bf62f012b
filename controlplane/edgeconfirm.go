package controlplane

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// isEdge returns nil for who has the edges' token.
func (s *Server) isEdge(r *http.Request) error {
	secret, err := bearer(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(sum[:], s.config.EdgeTokenHash[:]) != 1 {
		return &tenants.Refusal{Reason: tenants.Unauthenticated, Message: "this is not the edges' token"}
	}
	entryOf(r.Context()).principal = tenants.AnEdge
	return nil
}

// refuseEdge answers an edge that is refused, so that a fenced one can tell.
func refuseEdge(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, tenants.ErrFenced) {
		w.Header().Set(feed.FencedHeader, "1")
		err = problem(r.Context(), http.StatusForbidden, tenants.ErrFenced.Error())
	}
	writeProblem(w, problemOf(r.Context(), err))
}

// edgeConfirms takes an edge's word for what it has put in force.
func (s *Server) edgeConfirms(w http.ResponseWriter, r *http.Request) {
	if err := s.takeConfirmation(w, r); err != nil {
		refuseEdge(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) takeConfirmation(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := s.isEdge(r); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, feed.MaxConfirmation))
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, "the confirmation can't be read")
	}
	c, err := feed.ParseConfirmation(body)
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, err.Error())
	}
	process, err := edgeProcess(ctx, c.Identity)
	if err != nil {
		return err
	}
	over := make([]uuid.UUID, 0, len(c.Over))
	for _, shown := range c.Over {
		lease, err := parse(ctx, id.EdgeLease, "body.over", shown)
		if err != nil {
			return err
		}
		over = append(over, lease)
	}
	return s.store.ConfirmRoutes(ctx, process, c.Version, c.History, over)
}

func edgeProcess(ctx context.Context, who feed.Identity) (p tenants.EdgeProcess, err error) {
	noteID(ctx, "edge", who.Edge)
	p.Name = who.Name
	if p.Edge, err = parse(ctx, id.Edge, "edge", who.Edge); err != nil {
		return p, err
	}
	p.Lease, err = parse(ctx, id.EdgeLease, "lease", who.Lease)
	return p, err
}

const (
	// confirmWithin bounds how long a save waits for the edges: an edge that is well confirms within 0.1 s, and whoever saves
	// still looks at the screen.
	confirmWithin = 3 * time.Second
	// confirmLook is how often who waits looks without news: a lease may run out meanwhile.
	confirmLook = 500 * time.Millisecond
)

// EdgesTold says how far edges have put a change of a workspace's route in force.
type EdgesTold struct {
	Confirmed int          `json:"confirmed" doc:"Edges by which the change is in force"`
	Behind    []EdgeBehind `json:"behind" doc:"Edges that have not confirmed it, and may go on as before until they do; empty: it is in force wherever the workspace is reached"`
}

// EdgeBehind is an edge that has not confirmed a change.
type EdgeBehind struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Version   int64     `json:"version" doc:"Of the routes that it has confirmed; 0: none that counts"`
	LastHeard time.Time `json:"last_heard" doc:"When it was last heard of"`
}

// awaitEdges waits until every edge that holds a lease has confirmed a version of the routes, for a few seconds at most, and says which have
// not. The change is committed whatever comes of it: an error says only that nobody knows how far it came.
func (s *Server) awaitEdges(ctx context.Context, version int64) (EdgesTold, error) {
	limit := time.NewTimer(s.confirmWithin)
	defer limit.Stop()
	look := time.NewTicker(confirmLook)
	defer look.Stop()
	for late := false; ; {
		news, over := s.edgeNews.wait()
		confirmed, err := s.store.ConfirmedBy(ctx, version)
		if err != nil || !confirmed.Wait || late || over {
			return showTold(confirmed), err
		}
		select {
		case <-news:
		case <-look.C:
		case <-limit.C:
			late = true
		case <-ctx.Done():
			return showTold(confirmed), ctx.Err()
		}
	}
}

func showTold(c tenants.Confirmed) EdgesTold {
	told := EdgesTold{Confirmed: c.Edges, Behind: []EdgeBehind{}}
	for _, e := range c.Behind {
		told.Behind = append(told.Behind, EdgeBehind{ID: id.Show(id.Edge, e.ID), Name: e.Name, Version: max(0, e.Version), LastHeard: *e.HeardAt})
	}
	return told
}
