package tenants

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Reconciliation is a cell that was not compared with the control plane's database yet. Until then nobody works in it.
type Reconciliation struct {
	Cell     uuid.UUID
	CellName string
	Since    time.Time
	Message  string // why it was not yet; empty: nobody has looked
	Lost     int    // workspaces whose databases were not there when somebody looked last
	Accepted int    // so many may be gone, an operator has said
}

// Reconciled says what came of the comparison of a cell with the control plane's database.
type Reconciled struct {
	Lost, Stopped, Revived int
}

// Unreconciled lists the cells that were not compared with the control plane's database yet.
func (s *Store) Unreconciled(ctx context.Context) ([]Reconciliation, error) {
	return unreconciled(ctx, dbsql.New(s.pool))
}

func unreconciled(ctx context.Context, q *dbsql.Queries) ([]Reconciliation, error) {
	rows, err := q.ListReconciliations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list cells that were not compared with the control plane's database: %w", err)
	}
	list := make([]Reconciliation, len(rows))
	for i, r := range rows {
		list[i] = reconciliation(dbsql.GetReconciliationRow(r))
	}
	return list, nil
}

// Reconciliation returns that of one cell, and whether there is one.
func (s *Store) Reconciliation(ctx context.Context, cellID uuid.UUID) (Reconciliation, bool, error) {
	r, err := dbsql.New(s.pool).GetReconciliation(ctx, cellID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Reconciliation{}, false, nil
	}
	if err != nil {
		return Reconciliation{}, false, fmt.Errorf("look whether the cell was compared with the control plane's database: %w", err)
	}
	return reconciliation(r), true, nil
}

func reconciliation(r dbsql.GetReconciliationRow) Reconciliation {
	return Reconciliation{Cell: r.CellID, CellName: r.Name, Since: r.Since, Message: r.Message, Lost: int(r.Lost), Accepted: int(r.Accepted)}
}

// Compare has a cell compared with the database before anybody works in it, as after a restore: its databases were made anew.
func (s *Store) Compare(ctx context.Context, cellName string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := dbsql.New(tx).BeginReconciliation(ctx, dbsql.BeginReconciliationParams{Name: cellName, Since: s.now()})
		if err != nil {
			return fmt.Errorf("have cell %s compared: %w", cellName, err)
		}
		if n == 0 {
			return nil
		}
		return s.record(ctx, tx, Event{Actor: System, Action: "cell.compare", Subject: "controlplane", Details: map[string]string{"cell": cellName}})
	})
}

// NoteUnreconciled says why a cell was not compared yet, and how many workspaces seem to be lost in it.
func (s *Store) NoteUnreconciled(ctx context.Context, cellID uuid.UUID, why string, lost int) error {
	err := dbsql.New(s.pool).NoteReconciliation(ctx, dbsql.NoteReconciliationParams{CellID: cellID, Message: why, Lost: int32(lost)})
	if err != nil {
		return fmt.Errorf("note why a cell was not compared with the control plane's database: %w", err)
	}
	return nil
}

// Reconciled says that a cell agrees with the database: it is worked in from now on.
func (s *Store) Reconciled(ctx context.Context, cellID uuid.UUID, came Reconciled) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if n, err := s.endReconciliation(ctx, dbsql.New(tx), cellID); err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, Event{Actor: System, Action: "cell.reconcile", Subject: id.Show(id.Cell, cellID), Details: map[string]string{
			"workspaces_lost": strconv.Itoa(came.Lost), "instances_stopped": strconv.Itoa(came.Stopped), "workspaces_revived": strconv.Itoa(came.Revived)}})
	})
}

// endReconciliation closes the restore with its last cell.
func (s *Store) endReconciliation(ctx context.Context, q *dbsql.Queries, cellID uuid.UUID) (int64, error) {
	n, err := q.EndReconciliation(ctx, cellID)
	if err == nil {
		err = q.CloseRestores(ctx, s.now())
	}
	if err != nil {
		return 0, fmt.Errorf("say that a cell agrees with the control plane's database: %w", err)
	}
	return n, nil
}

// AcceptLoss says that the workspaces whose databases are not in a cell are gone: they are closed when the cell is compared next.
// More than are missing now are not accepted.
func (s *Store) AcceptLoss(ctx context.Context, p Principal, cellID uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		c, err := q.LockCell(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
		}
		r, err := q.LockReconciliation(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(Conflict, "", "cell %s agrees with the database; nothing is lost in it", c.Name))
		}
		if r.Lost == 0 {
			return refuse(Conflict, "", "no workspace of cell %s is known to be lost; it was not compared with the control plane's database yet: %s", c.Name, orNobody(r.Message))
		}
		if err := q.AcceptLoss(ctx, dbsql.AcceptLossParams{CellID: cellID, AcceptedBy: p.Name()}); err != nil {
			return fmt.Errorf("accept what is lost in cell %s: %w", c.Name, err)
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.accept_loss", Subject: id.Show(id.Cell, cellID),
			Details: map[string]string{"cell": c.Name, "workspaces": strconv.Itoa(int(r.Lost))}})
	})
}

// orNobody is why a cell was not compared yet.
func orNobody(message string) string {
	if message == "" {
		return "no worker has looked at it yet"
	}
	return message
}
