package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// The states of a storage that count here; the others are the provisioner's.
const (
	storageQuarantined = "quarantined"
	storageRemoving    = "removing"
)

// DiscardStorage has removed, for good, what a restore has left in a cell and nobody looks after: storage that is kept aside, or a database
// with all that belongs to it that no row owns. It is called by the name of its database.
func (s *Store) DiscardStorage(ctx context.Context, p Principal, cellID uuid.UUID, name, reason string) (op Operation, err error) {
	storage, err := storageNamed(name)
	if err != nil {
		return op, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		c, err := s.settled(ctx, q, cellID)
		if err != nil {
			return err
		}
		was := storageQuarantined
		row, err := q.LockStorageNamed(ctx, dbsql.LockStorageNamedParams{CellID: cellID, Name: name})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			was, err = "unowned", s.ownUnowned(ctx, q, cellID, storage)
		case err == nil:
			if err = s.mayDiscard(ctx, q, c, row); err == nil {
				storage, err = row.ID, q.SetStorageRemoving(ctx, row.ID)
			}
		}
		if err != nil {
			return fmt.Errorf("take storage %s away: %w", name, err)
		}
		if op, err = s.RequestDiscard(ctx, tx, cellID, storage, p.Name(), reason); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.discard", Subject: id.Show(id.Cell, cellID),
			Details: map[string]string{"cell": c.Name, "storage": name, "was": was, "reason": reason, "operation": id.Show(id.Operation, op.ID)}})
	})
	return op, err
}

// RequestDiscard asks for a storage to be removed, in the transaction of whoever has taken it away.
func (s *Store) RequestDiscard(ctx context.Context, tx pgx.Tx, cellID, storage uuid.UUID, by, reason string) (Operation, error) {
	op, err := s.Request(ctx, tx, Request{Args: DiscardArgs{}, Cell: cellID, By: by, Reason: reason})
	if err != nil {
		return op, err
	}
	if err := dbsql.New(tx).SetOperationStorage(ctx, dbsql.SetOperationStorageParams{ID: op.ID, StorageID: &storage}); err != nil {
		return op, fmt.Errorf("name the storage of an operation: %w", err)
	}
	return op, nil
}

// settled returns a cell in which what is owned can be told from what is not.
func (s *Store) settled(ctx context.Context, q *dbsql.Queries, cellID uuid.UUID) (Cell, error) {
	row, err := q.LockCell(ctx, cellID)
	if err != nil {
		return Cell{}, unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
	}
	c := cell(row)
	if c.State == CellDestroyed || c.State == CellPlanned {
		return c, refuse(Conflict, "", "cell %s is %s; nothing is in it", c.Name, c.State)
	}
	switch r, err := q.LockReconciliation(ctx, cellID); {
	case err == nil:
		return c, refuse(Conflict, "", "cell %s was not compared with the control plane's database yet: %s", c.Name, orNobody(r.Message))
	case !errors.Is(err, pgx.ErrNoRows):
		return c, fmt.Errorf("look whether cell %s was compared: %w", c.Name, err)
	}
	return c, nil
}

// mayDiscard refuses what somebody uses, or may.
func (s *Store) mayDiscard(ctx context.Context, q *dbsql.Queries, c Cell, row dbsql.Storage) error {
	switch {
	case row.WorkspaceID != nil:
		slug, err := q.SlugOf(ctx, *row.WorkspaceID)
		if err != nil {
			return fmt.Errorf("read whose storage it is: %w", err)
		}
		return refuse(Conflict, "storage", "storage %s is that of workspace %s; `longhouse workspaces delete` deletes one", row.DatabaseName, slug)
	case row.State == storageRemoving:
		return refuse(Conflict, "storage", "storage %s is being removed already", row.DatabaseName)
	case row.State != storageQuarantined:
		return refuse(Conflict, "storage", "storage %s is %s; draining cell %s takes such ones away", row.DatabaseName, row.State, c.Name)
	}
	return nil
}

// ownUnowned writes down what no row owns, so that the operation that removes it can be resumed.
func (s *Store) ownUnowned(ctx context.Context, q *dbsql.Queries, cellID, storage uuid.UUID) error {
	n := NamesOfStorage(storage)
	return q.AddUnownedStorage(ctx, dbsql.AddUnownedStorageParams{ID: storage, CellID: cellID, DatabaseName: n.Database, RoleName: n.Role,
		Files: n.Files, Exports: n.Exports, KeyName: n.Key, Now: s.now()})
}
