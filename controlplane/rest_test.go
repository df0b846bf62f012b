package controlplane

import (
	"net/http"
	"testing"
)

func TestAWorkspaceIsSetToBeAlwaysOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	path := "/workspaces/" + done.Workspace.ID
	var shown Workspace
	b.want(http.StatusOK, put, path+"/rest", done.Token, `{"idle_after_s": 3600}`).into(t, &shown)
	if shown.AlwaysOn || shown.IdleAfterS != 3600 {
		t.Errorf("%+v", shown)
	}
	shown = Workspace{}
	b.want(http.StatusOK, put, path+"/rest", done.Token, `{"always_on": true, "idle_after_s": 0}`).into(t, &shown)
	if !shown.AlwaysOn || shown.IdleAfterS != 0 {
		t.Errorf("%+v", shown)
	}
	b.want(http.StatusConflict, post, path+"/hibernate", done.Token, nil)
	b.want(http.StatusUnprocessableEntity, put, path+"/rest", done.Token, `{"idle_after_s": 59}`)
	b.want(http.StatusUnprocessableEntity, put, path+"/rest", done.Token, `{}`)
}

func TestWhoOpensAHibernatedWorkspaceHasItWoken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	path := "/workspaces/" + done.Workspace.ID
	var rest Operation
	b.want(http.StatusAccepted, post, path+"/hibernate", done.Token, nil).into(t, &rest)
	b.finish(rest.ID)
	woken := make(chan Operation, 1)
	go func() { // as a worker does
		for {
			var list struct{ Items []Operation }
			a, err := b.try(get, "/api/v1/operations?workspace="+done.Workspace.ID, done.Token, nil)
			if err != nil || t.Context().Err() != nil {
				return
			}
			if a.into(t, &list); list.Items[0].Kind == "wake" {
				b.finish(list.Items[0].ID)
				woken <- list.Items[0]
				return
			}
		}
	}()
	b.want(http.StatusOK, post, path+"/open", done.Token, nil)
	if op := <-woken; op.Reason != "somebody opens it" || op.RequestedBy == "edge" {
		t.Errorf("%+v", op)
	}
	var shown Workspace
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &shown)
	if shown.Wakes != 1 || shown.RecentWakes != 1 || shown.LastWakeWhy != "somebody opens it" || shown.LastWakeAt == nil {
		t.Errorf("%+v", shown)
	}
}
