package controlplane

import (
	"context"
	"errors"

	"github.com/longhouse-dev/longhouse/tenants"
)

// SlugIn asks for one slug.
type SlugIn struct {
	Slug string `path:"slug" maxLength:"255"`
}

// Slug says whether a workspace could have it.
type Slug struct {
	Slug   string `json:"slug"`
	Free   bool   `json:"free"`
	Reason string `json:"reason,omitempty" doc:"Why not, in a sentence"`
}

// SlugOut answers about one slug.
type SlugOut struct{ Body Slug }

func (s *Server) slug(ctx context.Context, in *SlugIn) (*SlugOut, error) {
	err := s.store.SlugFree(ctx, in.Slug)
	if refusal := (*tenants.Refusal)(nil); errors.As(err, &refusal) {
		return &SlugOut{Body: Slug{Slug: in.Slug, Reason: refusal.Message}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &SlugOut{Body: Slug{Slug: in.Slug, Free: true}}, nil
}
