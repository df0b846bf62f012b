package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestPeopleAreToldThatTheirWorkspaceIsRestartedAndOperatorsHow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	w, err := b.store.Workspace(t.Context(), b.uuid(id.Workspace, done.Workspace.ID))
	b.must(err)
	instance := id.New()
	_, err = b.pool.Exec(t.Context(), `insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
		values ($1, $2, $3, $4, 300100, 1, 'ready', '', '', now())`, instance, w.ID, w.Cell, w.Release)
	b.must(err)
	const exit = "not started: open /srv/longhouse/release: no such file or directory"
	b.must(b.store.NoteInstances(t.Context(), w.Cell, map[uuid.UUID]tenants.Instance{
		instance: {Condition: tenants.InstanceBackoff, Restarts: 7, Ending: tenants.NotStarted, LastExit: exit},
	}))
	for token, want := range map[string]string{done.Token: "", b.operator(): exit} {
		var shown Workspace
		b.want(http.StatusOK, get, "/workspaces/"+done.Workspace.ID, token, nil).into(t, &shown)
		var list struct{ Items []Workspace }
		b.want(http.StatusOK, get, "/workspaces?slug=engines", token, nil).into(t, &list)
		for _, ws := range append(list.Items, shown) {
			if is := ws.Instance; is == nil || is.State != "backoff" || is.Restarts != 7 || is.LastExit != want || !strings.HasPrefix(is.Trouble, "Restarting: ") || strings.Contains(is.Trouble, "/srv") {
				t.Errorf("%+v", is)
			}
		}
		if len(list.Items) != 1 {
			t.Errorf("%d workspaces are listed", len(list.Items))
		}
	}
}
