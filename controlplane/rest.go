package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// RestBody says when a workspace shall hibernate.
type RestBody struct {
	AlwaysOn   *bool  `json:"always_on,omitempty" doc:"true: never, and it is woken where it does; left out: as it is"`
	IdleAfterS *int32 `json:"idle_after_s,omitempty" doc:"After how many seconds without use, from 60 to 2592000; 0: as its tenant's plan has it; left out: as it is"`
}

// SetRestIn sets when a workspace hibernates.
type SetRestIn struct {
	WorkspaceIn
	Body RestBody
}

func (s *Server) setRest(ctx context.Context, in *SetRestIn) (*WorkspaceOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	wish := tenants.RestWish{AlwaysOn: in.Body.AlwaysOn}
	if in.Body.IdleAfterS != nil {
		after := time.Duration(*in.Body.IdleAfterS) * time.Second
		wish.IdleAfter = &after
	}
	if _, err := s.store.SetRest(ctx, principal(ctx), workspace, wish); err != nil {
		return nil, err
	}
	return s.workspace(ctx, &in.WorkspaceIn)
}
