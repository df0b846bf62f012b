package controlplane

import (
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// edgeUses takes an edge's word for which workspaces are used.
func (s *Server) edgeUses(w http.ResponseWriter, r *http.Request) {
	if err := s.takeUses(w, r); err != nil {
		refuseEdge(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) takeUses(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := s.isEdge(r); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, feed.MaxUses))
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, "the uses can't be read")
	}
	u, err := feed.ParseUses(body)
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, err.Error())
	}
	process, err := edgeProcess(ctx, u.Identity)
	if err != nil {
		return err
	}
	workspaces := make([]uuid.UUID, 0, len(u.Workspaces))
	for _, shown := range u.Workspaces {
		workspace, err := parse(ctx, id.Workspace, "body.workspaces", shown)
		if err != nil {
			return err
		}
		workspaces = append(workspaces, workspace)
	}
	return s.store.NoteUses(ctx, process, workspaces, u.More)
}
