package provisioner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// createFirstAdmin makes the person who asked for the workspace its first system admin.
func createFirstAdmin(ctx context.Context, r *Run) error {
	in, err := r.instance(ctx)
	if err != nil {
		return err
	}
	ws, err := dbsql.New(r.engine.pool).GetWorkspace(ctx, in.WorkspaceID)
	if err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	client := adminClient{socket: in.Admin, workspace: id.Show(id.Workspace, ws.ID), actor: tenants.System, request: r.op.RequestID, signer: r.cell.Control}
	user, err := client.firstAdmin(ctx, ws.AdminEmail, username(ws.AdminEmail))
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		if err := q.SetAdminUser(ctx, dbsql.SetAdminUserParams{ID: ws.ID, AdminUser: user}); err != nil {
			return fmt.Errorf("remember the first admin: %w", err)
		}
		return nil
	})
}

// notNames are what a chat server takes for everybody, or for itself.
var notNames = []string{"all", "channel", "here", "system", "matterbot"}

// username makes of an e-mail address a name that the chat server takes: 3 to 22 of a to z, digits, dots, hyphens and
// underscores, beginning with a letter, ending with a letter or a digit.
func username(email string) string {
	const marks, digits = ".-_", "0123456789"
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || strings.ContainsRune(digits+marks, c) {
			return c
		}
		return '-'
	}, local)
	name = strings.TrimLeft(name, digits+marks)
	name = strings.TrimRight(name[:min(len(name), 22)], marks)
	if len(name) < 3 || slices.Contains(notNames, name) {
		name = strings.TrimRight("admin-"+name, marks)
	}
	return name
}
