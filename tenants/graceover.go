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

// RemoveDue asks for the removal of the workspaces whose date has certainly come, and returns how many there were. Several may do
// so at once. A workspace that is brought back at the same moment is either gone from here, or can't be brought back:
// whoever has its row first decides.
func (s *Store) RemoveDue(ctx context.Context) (n int, err error) {
	certain, err := s.Certain(ctx)
	if err != nil {
		return 0, err
	}
	due, err := dbsql.New(s.pool).DueDeletions(ctx, certain)
	if err != nil {
		return 0, fmt.Errorf("look for deletions that are due: %w", err)
	}
	var failed error
	for _, workspace := range due {
		err := s.inTx(ctx, func(tx pgx.Tx) error { return s.removeDue(ctx, tx, workspace) })
		switch refusal := (*Refusal)(nil); {
		case errors.As(err, &refusal): // somebody came first
		case err != nil: // which keeps nobody else back
			failed = errors.Join(failed, fmt.Errorf("ask for the removal of %s: %w", id.Show(id.Workspace, workspace), err))
		default:
			n++
		}
	}
	return n, failed
}

func (s *Store) removeDue(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) error {
	row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
	if err != nil {
		return fmt.Errorf("lock workspace %s: %w", workspace, err)
	}
	certain, err := s.certain(ctx, dbsql.New(tx))
	if err != nil {
		return err
	}
	if State(row.State) != Deleting || row.DeleteAt == nil || certain.Before(*row.DeleteAt) {
		return refuse(Conflict, "", "it is not due any more")
	}
	op, err := s.set(ctx, tx, System, row, DeleteArgs{}, "its date has come")
	if err != nil {
		return err
	}
	return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: System, Action: "workspace.remove", Subject: id.Show(id.Workspace, workspace),
		Details: map[string]string{"operation": id.Show(id.Operation, op.ID), "delete_at": shown(*row.DeleteAt)}})
}

// AnnounceDeletion tells visitors of a workspace that is out of service until when it can be brought back.
func (s *Store) AnnounceDeletion(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) error {
	row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
	if err != nil {
		return fmt.Errorf("lock workspace %s: %w", workspace, err)
	}
	if row.DeleteAt == nil {
		return fmt.Errorf("workspace %s has no date for its deletion", id.Show(id.Workspace, workspace))
	}
	message := "This workspace is being deleted. Its owner can bring it back until " + row.DeleteAt.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC."
	return s.SetRoute(ctx, tx, Route{Workspace: workspace, Hosts: []string{s.Host(row.Slug)}, State: Halted, Message: message})
}

// BeforeDeletion returns what a workspace that is being taken out of service was, and what its visitors were told last.
func (s *Store) BeforeDeletion(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) (was State, message string, err error) {
	d, err := dbsql.New(tx).GetDeletion(ctx, workspace)
	if err != nil {
		return "", "", fmt.Errorf("read the deletion: %w", err)
	}
	return State(d.Was), d.Message, nil
}
