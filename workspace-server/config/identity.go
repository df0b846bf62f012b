package config

import (
	"context"
	"fmt"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Version is the release of the protocol that clients are told; it decides which of their features they switch on.
const Version = "10.11.0"

// Identity is what clients recognise a workspace by. It outlives every release and is the same on all its instances.
type Identity struct {
	DiagnosticID id.ID
	ConfigHash   string
	InstalledAt  int64
	Secret       []byte // by which it knows what it has said itself; nobody is told
}

// LoadIdentity reads the workspace's identity, and makes it the first time.
func LoadIdentity(ctx context.Context, db *store.DB, now clock.Clock) (Identity, error) {
	row, err := db.Identity(ctx)
	if store.Missing(err) {
		err = db.InsertIdentity(ctx, dbsql.InsertIdentityParams{DiagnosticID: id.New(), ConfigHash: id.Token(), InstalledAt: now.Millis()})
		if err == nil {
			row, err = db.Identity(ctx)
		}
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read workspace identity: %w", err)
	}
	return Identity{DiagnosticID: row.DiagnosticID, ConfigHash: row.ConfigHash, InstalledAt: row.InstalledAt, Secret: row.Secret}, nil
}
