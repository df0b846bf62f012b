package controlplane

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestAWorkspaceIsDeletedAtADateAndBroughtBackBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	path := "/workspaces/" + done.Workspace.ID
	b.refused(409, "nobody wants it deleted", post, path+"/undelete", done.Token, nil)
	b.refused(422, "delete_at is a time of RFC 3339", remove, path+"?delete_at=christmas", done.Token, nil)
	b.refused(422, "which is past", remove, path+"?delete_at=2020-01-01T00:00:00Z", done.Token, nil)
	b.refused(422, "from now to 90 days ahead", remove, path+"?delete_at=0001-01-01T00:00:00Z", done.Token, nil)
	var p Problem
	b.want(422, remove, path+"?delete_at=now", done.Token, nil).into(t, &p)
	if len(p.Errors) != 1 || p.Errors[0].Location != "query.confirm" {
		t.Errorf("%+v", p.Errors)
	}
	b.refused(422, "give its slug as confirm: engines", remove, path+"?delete_at=now&confirm=others", done.Token, nil)
	var change ChangedWorkspace
	at := b.clock.now().Add(48 * time.Hour)
	b.want(http.StatusAccepted, remove, path+"?delete_at="+url.QueryEscape(at.Format(time.RFC3339Nano)), done.Token, nil).into(t, &change)
	if change.Workspace.State != "deleting" || change.Operation.Kind != "retire" || !change.Workspace.DeleteAt.Equal(at) {
		t.Errorf("%+v %+v", change.Workspace, change.Operation)
	}
	b.finish(change.Operation.ID)
	for _, verb := range []string{"/start", "/stop", "/open"} {
		b.refused(409, "deleting", post, path+verb, done.Token, nil)
	}
	change = ChangedWorkspace{}
	b.want(http.StatusAccepted, remove, path, done.Token, nil).into(t, &change)
	if change.Operation != nil || !change.Workspace.DeleteAt.After(at) {
		t.Errorf("another date: %+v %+v", change.Workspace, change.Operation)
	}
	change = ChangedWorkspace{}
	b.want(http.StatusAccepted, post, path+"/undelete", done.Token, nil).into(t, &change)
	if change.Operation.Kind != "start" || change.Workspace.DeleteAt != nil {
		t.Errorf("%+v %+v", change.Workspace, change.Operation)
	}
	b.finish(change.Operation.ID)
	var ws Workspace
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &ws)
	if ws.State != "running" {
		t.Errorf("%+v", ws)
	}
}

func TestADeletionIsUndoneByTheOperationThatIsStillGoingOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	path := "/workspaces/" + done.Workspace.ID
	var change, back ChangedWorkspace
	b.want(http.StatusAccepted, remove, path, done.Token, nil).into(t, &change)
	b.refused(409, "another operation", remove, path+"?delete_at=now&confirm=engines", done.Token, nil)
	b.want(http.StatusAccepted, post, path+"/undelete", done.Token, nil).into(t, &back)
	if back.Operation.ID != change.Operation.ID || back.Operation.State != "undoing" || back.Workspace.State != "deleting" {
		t.Errorf("%+v %+v", back.Workspace, back.Operation)
	}
}

func TestWhoMayNotDeleteMayNotCancelADeletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, admin := b.signUp("engines"), b.signUp("helper")
	b.finish(owner.Operation.ID)
	b.confirm(admin.Person)
	b.want(http.StatusOK, put, "/tenants/"+owner.Tenant.ID+"/members", owner.Token, MemberBody{Email: "helper@example.com", Role: "admin"})
	var change ChangedWorkspace
	b.want(http.StatusAccepted, remove, "/workspaces/"+owner.Workspace.ID, owner.Token, nil).into(t, &change)
	b.want(http.StatusForbidden, post, "/operations/"+change.Operation.ID+"/cancel", admin.Token, nil)
	b.want(http.StatusAccepted, post, "/operations/"+change.Operation.ID+"/cancel", owner.Token, nil)
}
