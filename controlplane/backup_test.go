package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func init() {
	expected["list-backups"] = []string{"owner", "admin", "security", "auditor", "operator"}
	expected["back-up-workspace"] = []string{"owner", "admin", "operator"}
	wishes["back-up-workspace"] = onRunning("/backups", BackupBody{Label: "before the move"})
}

func TestAWorkspaceIsBackedUpWhenSomebodyAsks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	at := "/workspaces/" + done.Workspace.ID + "/backups"
	var op Operation
	b.want(http.StatusAccepted, post, at, done.Token, BackupBody{Label: "before the move", KeepDays: 90}).into(t, &op)
	if op.Kind != "backup" || op.State != "queued" || op.Workspace != done.Workspace.ID {
		t.Errorf("%+v", op)
	}
	b.want(http.StatusConflict, post, at, done.Token, nil)
	b.want(http.StatusUnprocessableEntity, post, at, done.Token, `{"keep_days": 367}`)
	b.want(http.StatusUnprocessableEntity, post, at, done.Token, `{"label": "`+strings.Repeat("x", 101)+`"}`)
	list := func(query string) (page List[Backup]) {
		b.want(http.StatusOK, get, at+query, done.Token, nil).into(t, &page)
		return page
	}
	if is := list("").Items; len(is) != 1 || is[0].State != "making" || is[0].Label != "before the move" || is[0].KeepDays != 90 || is[0].Operation != op.ID || is[0].MadeAt != nil || is[0].Bytes != nil {
		t.Fatalf("%+v", is)
	}
	b.made(op.ID)
	if is := list("").Items; len(is) != 1 || is[0].State != "made" || *is[0].Bytes != 12345 || *is[0].Posts != 7 || is[0].KeptUntil == nil {
		t.Fatalf("%+v", is)
	}
	b.want(http.StatusAccepted, post, at, done.Token, nil).into(t, &op)
	b.set(op.ID, "update operations set state = 'undone', finished_at = now() where id = $1")
	if open, all := list("").Items, list("?all=true").Items; len(open) != 1 || len(all) != 2 || all[0].State != "failed" || all[0].KeepDays != tenants.BackupDays {
		t.Errorf("%+v and %+v", open, all)
	}
	first := list("?all=true&limit=1")
	if rest := list("?all=true&cursor=" + first.NextCursor); len(first.Items) != 1 || len(rest.Items) != 1 || rest.Items[0].State != "made" {
		t.Errorf("%+v and %+v", first, rest)
	}
}

// made ends a backup as a worker does.
func (b *bundle) made(operation string) {
	b.t.Helper()
	b.set(operation, "update backups set made_at = now(), took_ms = 10, bytes = 12345, added = 5, users = 1, posts = 7, files = 0 where operation_id = $1")
	b.set(operation, "update operations set state = 'succeeded', finished_at = now() where id = $1")
}

func (b *bundle) set(operation, statement string) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), statement, b.uuid(id.Operation, operation))
	b.must(err)
}
