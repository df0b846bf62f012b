package controlplane

import "context"

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
	if err != nil {
		return nil, err
	}
	url, token, err := s.config.Opener.Open(ctx, w, principal(ctx).Name())
	return &OpenOut{Body: Opened{URL: url, Token: token}}, err
}
