package controlplane

import "context"

// ConfirmIPFilterIn confirms a workspace's IP filter that is on trial.
type ConfirmIPFilterIn struct {
	WorkspaceIn
	FromIn
	Body ConfirmIPFilterBody
}

// ConfirmIPFilterBody names the version that is confirmed.
type ConfirmIPFilterBody struct {
	Version int64 `json:"version" minimum:"1" doc:"It has to be the one in force"`
}

// confirmIPFilter changes nothing at the edges: the filter is in force there already.
func (s *Server) confirmIPFilter(ctx context.Context, in *ConfirmIPFilterIn) (*IPFilterOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.store.ConfirmIPFilter(ctx, principal(ctx), workspace, in.Body.Version, in.from)
	if err != nil {
		return nil, err
	}
	return &IPFilterOut{Body: showIPFilter(f, in.from)}, nil
}
