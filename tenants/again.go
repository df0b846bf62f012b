package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// again asks for the same once more as an operation that was taken back, or says how to, where that is not the same wish any
// more: a workspace that was never made has lost its slug, and a deletion its date.
func (s *Store) again(ctx context.Context, p Principal, row dbsql.Operation) (op Operation, err error) {
	args, err := s.argsOf(ctx, row)
	if err != nil {
		return Operation{}, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		details := map[string]string{"retry_of": id.Show(id.Operation, row.ID)}
		if op, err = s.ask(ctx, tx, p, *row.WorkspaceID, args, row.Reason, details); err != nil {
			return err
		}
		op.RetryOf = &row.ID
		if err := dbsql.New(tx).LinkRetry(ctx, dbsql.LinkRetryParams{ID: op.ID, RetryOf: &row.ID}); err != nil {
			return fmt.Errorf("link operation %s to the one before: %w", op.ID, err)
		}
		return nil
	})
	return op, err
}

// argsOf are the arguments of an operation that can be asked for again as it was.
func (s *Store) argsOf(ctx context.Context, row dbsql.Operation) (Args, error) {
	switch Kind(row.Kind) {
	case KindStart:
		return StartArgs{}, nil
	case KindStop:
		var args StopArgs
		if err := json.Unmarshal(row.Args, &args); err != nil {
			return nil, fmt.Errorf("decode the arguments of operation %s: %w", row.ID, err)
		}
		return args, nil
	case KindHibernate:
		return HibernateArgs{}, nil
	case KindWake:
		return WakeArgs{}, nil
	case KindProvision, KindRetire, KindBackup:
		return nil, s.anew(ctx, Kind(row.Kind), *row.WorkspaceID)
	default:
		return nil, refuse(Conflict, "", "the operation is over; Longhouse asks for what it is about again by itself")
	}
}

// anew refuses to ask for the same again, and says what to type.
func (s *Store) anew(ctx context.Context, kind Kind, workspace uuid.UUID) error {
	ws, err := s.Workspace(ctx, workspace)
	if err != nil {
		return err
	}
	switch kind {
	case KindBackup:
		return refuse(Conflict, "", "the operation is over, and another backup would be of another moment; ask for one: longhouse workspaces backup %s", ws.Slug)
	case KindRetire:
		return refuse(Conflict, "", "the operation is over, and with it the date of the deletion is gone; choose one anew: longhouse workspaces delete %s --at DATE", ws.Slug)
	default:
		return refuse(Conflict, "", "the operation is over, and nothing of the workspace is left; make it anew: longhouse workspaces create --slug %s --name %s --tenant %s --region %s --wait",
			ws.Slug, quoted(ws.Name), id.Show(id.Tenant, ws.Tenant), ws.Region)
	}
}

// quoted is a text as a shell takes it for one word.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
