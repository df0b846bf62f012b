package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Release is a version of the server that workspaces run.
type Release struct {
	ID        string    `json:"id"`
	Engine    string    `json:"engine" enum:"longhouse,mattermost"`
	Version   string    `json:"version"`
	Channel   string    `json:"channel" enum:"stable,beta"`
	SHA256    string    `json:"sha256" doc:"Of the artefact, in hexadecimal"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Server) releases(ctx context.Context, _ *Nothing) (*ListOut[Release], error) {
	list, err := s.store.Releases(ctx)
	if err != nil {
		return nil, err
	}
	return whole(list, func(r tenants.Release) Release {
		return Release{ID: id.Show(id.Release, r.ID), Engine: r.Engine, Version: r.Version, Channel: r.Channel, SHA256: r.SHA256, CreatedAt: r.CreatedAt}
	}), nil
}
