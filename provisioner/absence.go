package provisioner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// absence is how something was looked for, and which step had removed it.
type absence struct{ step, observed string }

// absences are the kinds of things that a certificate names, in its order.
var absences = map[string]absence{
	"route":      {"route", "no host name leads to it: the route is withdrawn in the table that the edges follow"},
	"instance":   {"instance", "not among the instances of the cell: no process, socket or folder"},
	"database":   {"database", "not among the databases of the cell's PostgreSQL"},
	"role":       {"database", "not among the roles of the cell's PostgreSQL"},
	"bucket":     {"buckets", "not among the buckets of the cell's object store"},
	"credential": {"buckets", "not among the credentials of the cell's object store"},
	"key":        {"buckets", "not in the keyring: whatever it had encrypted, objects and copies of them, is unreadable"},
	"backups":    {"backups", "nothing is in their folder of the cell's backup bucket, and the key that they were encrypted by was derived from the one that is gone"},
	"storage":    {"buckets", "its row, with the sealed secrets of database and buckets, is removed together with this note"},
}

// seeThatAllIsGone looks for everything once more, notes that nothing was found, and forgets the storage.
func seeThatAllIsGone(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	q := dbsql.New(r.engine.pool)
	instances, err := q.InstancesOfWorkspace(ctx, *r.op.Workspace)
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	gone := owed([]dbsql.Storage{row}, instances)
	gone["backups"] = []string{r.cell.backups(row).folder()}
	is, err := inCell(ctx, r.cell)
	if err != nil {
		return err
	}
	if left := found(gone, is); len(left) > 0 {
		return fmt.Errorf("still there after its removal: %s", strings.Join(left, ", "))
	}
	withdrawn, err := q.RouteIsGone(ctx, *r.op.Workspace)
	if err != nil {
		return fmt.Errorf("read the route: %w", err)
	}
	if !withdrawn {
		return fmt.Errorf("the route of %s is still there after its removal", id.Show(id.Workspace, *r.op.Workspace))
	}
	gone["route"], gone["storage"] = []string{id.Show(id.Workspace, *r.op.Workspace)}, []string{id.Show(id.Storage, row.ID)}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		if err := r.noteAbsence(ctx, q, gone); err != nil {
			return err
		}
		err := q.RemoveStorage(ctx, dbsql.RemoveStorageParams{OperationID: r.op.ID, WorkspaceID: r.op.Workspace})
		if err != nil {
			return fmt.Errorf("remove the storage: %w", err)
		}
		return nil
	})
}

// found lists what should be gone and is in the cell.
func found(gone, is things) (left []string) {
	for kind, names := range gone {
		for _, name := range names {
			if slices.Contains(is[kind], name) {
				left = append(left, kind+" "+name)
			}
		}
	}
	slices.Sort(left)
	return left
}

func (r *Run) noteAbsence(ctx context.Context, q *dbsql.Queries, gone things) error {
	instances, err := q.InstancesOfWorkspace(ctx, *r.op.Workspace)
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	ended := map[string]*time.Time{}
	for _, in := range instances {
		ended[id.Show(id.Instance, in.ID)] = in.RemovedAt
	}
	for kind, names := range gone {
		for _, name := range names {
			err := q.NoteAbsence(ctx, dbsql.NoteAbsenceParams{WorkspaceID: *r.op.Workspace, Kind: kind, Name: name, OperationID: r.op.ID,
				Step: absences[kind].step, Ended: ended[name], Observed: absences[kind].observed})
			if err != nil {
				return fmt.Errorf("note that %s %s is gone: %w", kind, name, err)
			}
		}
	}
	return nil
}
