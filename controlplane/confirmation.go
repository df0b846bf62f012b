package controlplane

import "context"

// ConfirmBody is what the mail to a new person holds.
type ConfirmBody struct {
	Token string `json:"token" maxLength:"128"`
}

// ConfirmIn confirms an e-mail address.
type ConfirmIn struct{ Body ConfirmBody }

func (s *Server) confirm(ctx context.Context, in *ConfirmIn) (*Nothing, error) {
	return nil, s.store.Confirm(ctx, in.Body.Token)
}
