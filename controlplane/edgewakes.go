package controlplane

import (
	"io"
	"net/http"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// edgeWakes takes an edge's wish to have a workspace woken that somebody came for. The edge has looked whether they may.
func (s *Server) edgeWakes(w http.ResponseWriter, r *http.Request) {
	if err := s.takeWake(w, r); err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *Server) takeWake(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := s.isEdge(r); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, feed.MaxWake))
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, "the wish to have a workspace woken can't be read")
	}
	wish, err := feed.ParseWake(body)
	if err != nil {
		return problem(ctx, http.StatusUnprocessableEntity, err.Error())
	}
	workspace, err := parse(ctx, id.Workspace, "body.workspace_id", wish.WorkspaceID)
	if err != nil {
		return err
	}
	noteID(ctx, "workspace", wish.WorkspaceID)
	return s.store.WantAwake(ctx, workspace)
}
