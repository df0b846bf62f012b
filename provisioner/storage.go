package provisioner

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// secrets are what opens a storage. They are kept sealed in its row.
type secrets struct {
	Database string `json:"database"` // the role's password
	Files    string `json:"files"`    // of the credential for the files bucket
	Exports  string `json:"exports"`  // of the credential for the exports bucket
}

// newSecrets returns fresh ones of 160 bits each.
func newSecrets() secrets {
	next := func() string {
		raw := make([]byte, 20)
		_, _ = rand.Read(raw) // never fails, by its contract
		return strings.ToLower(base32.StdEncoding.EncodeToString(raw))
	}
	return secrets{Database: next(), Files: next(), Exports: next()}
}

// seal encrypts the secrets for the row of this storage and no other.
func (c *Cell) seal(s secrets, storage uuid.UUID) ([]byte, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode secrets: %w", err)
	}
	return keyring.Seal(c.Key[:], plain, storage[:])
}

func (c *Cell) unseal(row dbsql.Storage) (secrets, error) {
	plain, err := keyring.Unseal(c.Key[:], row.Secrets, row.ID[:])
	if err != nil {
		return secrets{}, permanent{fmt.Errorf("open the secrets of storage %s: %w", id.Show(id.Storage, row.ID), err)}
	}
	var s secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return secrets{}, permanent{fmt.Errorf("decode the secrets of storage %s: %w", id.Show(id.Storage, row.ID), err)}
	}
	return s, nil
}

// storage returns the row that the operation works on: that of its workspace, or the blank that it is making.
func (r *Run) storage(ctx context.Context) (dbsql.Storage, error) {
	row, err := dbsql.New(r.engine.pool).FindStorage(ctx, dbsql.FindStorageParams{OperationID: r.op.ID, WorkspaceID: r.op.Workspace})
	if err != nil {
		return dbsql.Storage{}, fmt.Errorf("read the storage: %w", err)
	}
	return row, nil
}

// addStorage writes down what is going to be made for a blank.
func addStorage(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.unlessThere(ctx, r.newStorage)
}

// keptForNewcomers is how many blanks are left to tenants that have no workspace yet.
const keptForNewcomers = 2

// claimStorage gives the workspace a blank, or where there is none writes down what is going to be made for it.
func claimStorage(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.unlessThere(ctx, func(ctx context.Context, q *dbsql.Queries) error {
		ws, err := q.GetWorkspace(ctx, *r.op.Workspace)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		_, err = q.ClaimBlank(ctx, dbsql.ClaimBlankParams{WorkspaceID: r.op.Workspace, CellID: r.op.Cell, ReleaseID: ws.ReleaseID, KeptForNewcomers: keptForNewcomers})
		if errors.Is(err, pgx.ErrNoRows) {
			return r.newStorage(ctx, q)
		}
		if err != nil {
			return fmt.Errorf("claim a blank: %w", err)
		}
		return nil
	})
}

// unlessThere runs add in a fenced transaction, unless the operation has its storage already.
func (r *Run) unlessThere(ctx context.Context, add func(context.Context, *dbsql.Queries) error) error {
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		_, err := q.FindStorage(ctx, dbsql.FindStorageParams{OperationID: r.op.ID, WorkspaceID: r.op.Workspace})
		if errors.Is(err, pgx.ErrNoRows) {
			return add(ctx, q)
		}
		if err != nil {
			return fmt.Errorf("read the storage: %w", err)
		}
		return nil
	})
}

// newStorage adds a row whose id, names and secrets are settled before anything is made, so that whoever resumes
// makes the same.
func (r *Run) newStorage(ctx context.Context, q *dbsql.Queries) error {
	storage := id.New()
	sealed, err := r.cell.seal(newSecrets(), storage)
	if err != nil {
		return err
	}
	n := tenants.NamesOfStorage(storage)
	err = q.AddStorage(ctx, dbsql.AddStorageParams{
		ID: storage, CellID: r.op.Cell, WorkspaceID: r.op.Workspace, DatabaseName: n.Database, RoleName: n.Role,
		FilesBucket: n.Files, ExportsBucket: n.Exports, FilesAccess: n.Files, ExportsAccess: n.Exports,
		KeyName: n.Key, Secrets: sealed, OperationID: r.op.ID,
	})
	if err != nil {
		return fmt.Errorf("add a storage: %w", err)
	}
	return nil
}

// removeStorage forgets the storage, after everything in it is gone.
func removeStorage(ctx context.Context, r *Run) error {
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		err := q.RemoveStorage(ctx, dbsql.RemoveStorageParams{OperationID: r.op.ID, WorkspaceID: r.op.Workspace})
		if err != nil {
			return fmt.Errorf("remove the storage: %w", err)
		}
		return nil
	})
}
