package controlplane

import (
	"context"
	"errors"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// DeleteIn asks for a workspace to be deleted.
type DeleteIn struct {
	WorkspaceIn
	DeleteAt string `query:"delete_at" maxLength:"64" doc:"Until when it can be brought back, in RFC 3339, up to 90 days ahead; or the word now. Left out: in a week"`
	Confirm  string `query:"confirm" maxLength:"64" doc:"The workspace's slug; needed where delete_at is less than an hour ahead"`
}

// ChangedWorkspace is a workspace, and what is being done to it.
type ChangedWorkspace struct {
	Workspace Workspace  `json:"workspace"`
	Operation *Operation `json:"operation,omitempty" doc:"Leads it to its next state; left out where there is nothing to do"`
}

// ChangedWorkspaceOut answers with a workspace and what is being done to it.
type ChangedWorkspaceOut struct{ Body ChangedWorkspace }

func (s *Server) delete(ctx context.Context, in *DeleteIn) (*ChangedWorkspaceOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	d := tenants.Deletion{Now: in.DeleteAt == "now", Confirm: in.Confirm}
	if in.DeleteAt != "" && !d.Now {
		// The zero time is a date too, but to the domain that nobody chose one.
		if d.At, err = time.Parse(time.RFC3339, in.DeleteAt); err != nil || d.At.IsZero() {
			return nil, wrongQuery(ctx, "delete_at", "delete_at is a time of RFC 3339, as 2026-12-24T18:00:00Z, from now to 90 days ahead, or the word now")
		}
	}
	w, op, err := s.store.Delete(ctx, principal(ctx), workspace, d)
	if refusal := (*tenants.Refusal)(nil); errors.As(err, &refusal) && refusal.Field != "" {
		p := problemOf(ctx, err)
		p.Errors = []Fault{{Location: "query." + refusal.Field, Message: refusal.Message}}
		err = p
	}
	return s.changed(ctx, w, op, err)
}

func (s *Server) undelete(ctx context.Context, in *WorkspaceIn) (*ChangedWorkspaceOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	w, op, err := s.store.Undelete(ctx, principal(ctx), workspace)
	return s.changed(ctx, w, op, err)
}

func (s *Server) changed(ctx context.Context, w tenants.Workspace, op *tenants.Operation, err error) (*ChangedWorkspaceOut, error) {
	if err != nil {
		return nil, err
	}
	out := &ChangedWorkspaceOut{Body: ChangedWorkspace{Workspace: s.showWorkspace(w)}}
	if op != nil {
		noteID(ctx, "operation", id.Show(id.Operation, op.ID))
		shown := showOperation(ctx, *op)
		out.Body.Operation = &shown
	}
	return out, nil
}
