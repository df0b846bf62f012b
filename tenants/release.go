package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Release is a version of the server that workspaces run.
type Release struct {
	ID        uuid.UUID
	Engine    string // "longhouse" or "mattermost"
	Version   string
	Channel   string // "stable" or "beta"
	SHA256    string // of the artefact, in hexadecimal
	Path      string // where the cell finds the artefact
	CreatedAt time.Time

	Capabilities []string // what its server can be asked for beyond the original, by its own word
	Schema       int      // that its server brings a database to and can't go back from, by its own word; 0 is unknown, and before all others
}

// RegisterRelease writes a release down, once per artefact.
func (s *Store) RegisterRelease(ctx context.Context, r Release) (Release, error) {
	if r.Capabilities == nil {
		r.Capabilities = []string{}
	}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).RegisterRelease(ctx, dbsql.RegisterReleaseParams{ID: s.newID(), Engine: r.Engine, Version: r.Version,
			Channel: r.Channel, Sha256: r.SHA256, Path: r.Path, Capabilities: r.Capabilities, Schema: int32(r.Schema), CreatedAt: s.now()})
		if err != nil {
			return fmt.Errorf("register release %s: %w", r.Version, err)
		}
		r = release(row)
		return s.record(ctx, tx, Event{Actor: System, Action: "release.register", Subject: id.Show(id.Release, r.ID)})
	})
	return r, err
}

// Releases lists all releases, newest first.
func (s *Store) Releases(ctx context.Context) ([]Release, error) {
	rows, err := dbsql.New(s.pool).ListReleases(ctx)
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", err)
	}
	list := make([]Release, 0, len(rows))
	for _, r := range rows {
		list = append(list, release(r))
	}
	return list, nil
}

func release(r dbsql.Release) Release {
	return Release{ID: r.ID, Engine: r.Engine, Version: r.Version, Channel: r.Channel, SHA256: r.Sha256, Path: r.Path, CreatedAt: r.CreatedAt, Capabilities: r.Capabilities, Schema: int(r.Schema)}
}
