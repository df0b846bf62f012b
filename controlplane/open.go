package controlplane

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	// openWithin is how long who opens a workspace is held until it is awake.
	openWithin = 15 * time.Second
	openLook   = 20 * time.Millisecond
)

// Opened is the way in to a workspace.
type Opened struct {
	URL   string `json:"url" doc:"Signs in whoever follows it first, within a minute"`
	Token string `json:"token" doc:"Of an ordinary session of the workspace, for programs"`
}

// OpenOut answers with the way in.
type OpenOut struct{ Body Opened }

func (s *Server) open(ctx context.Context, in *WorkspaceIn) (*OpenOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.store.OpenWorkspace(ctx, principal(ctx), workspace)
	if refusal := (*tenants.Refusal)(nil); errors.As(err, &refusal) && sleeps(w.State) {
		if err := s.awake(ctx, workspace); err != nil {
			return nil, err
		}
		w, err = s.store.OpenWorkspace(ctx, principal(ctx), workspace)
	}
	if err != nil {
		return nil, err
	}
	url, token, err := s.config.Opener.Open(ctx, w, principal(ctx).Name())
	return &OpenOut{Body: Opened{URL: url, Token: token}}, err
}

func sleeps(state tenants.State) bool {
	return state == tenants.Hibernating || state == tenants.Hibernated || state == tenants.Waking
}

// awake has a workspace woken, and returns when it is awake, rests for another reason, or takes too long.
func (s *Server) awake(ctx context.Context, workspace uuid.UUID) error {
	if err := s.store.WantOpen(ctx, principal(ctx), workspace); err != nil {
		return err
	}
	limit := time.After(openWithin)
	for {
		w, err := s.store.Workspace(ctx, workspace)
		if err != nil || !sleeps(w.State) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return nil // the refusal says how it is
		case <-time.After(openLook):
		}
	}
}
