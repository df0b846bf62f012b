package controlplane

import (
	"net/http"
	"testing"
	"time"
)

func init() {
	wishes["confirm-ip-filter"] = func(b *bundle) wish {
		done := b.signUp("engines")
		at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
		b.want(http.StatusOK, put, at, done.Token, triedFor(5, 0, "127.0.0.0/8"))
		return wish{at + "/confirm", done.Token, ConfirmIPFilterBody{Version: 1}}
	}
}

func triedFor(minutes int, version int64, networks ...string) IPFilterBody {
	body := closedTo(version, networks...)
	body.ConfirmWithin = minutes
	return body
}

func TestAnIPFilterIsTriedAndConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	b.refused(422, "expected number <= 60", put, at, done.Token, triedFor(61, 0, "127.0.0.1"))
	body := triedFor(5, 0, "203.0.113.0/24")
	body.Force = true
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, done.Token, body).into(t, &saved)
	if trial := saved.IPFilter.Trial; trial == nil || trial.BackTo != 0 || trial.EndsAt.Sub(*saved.IPFilter.ChangedAt) != 5*time.Minute {
		t.Errorf("%+v", trial)
	}
	b.refused(409, "shuts out 127.0.0.1, the address from which you confirm it", post, at+"/confirm", done.Token, ConfirmIPFilterBody{Version: 1})
	b.want(http.StatusOK, put, at, done.Token, triedFor(60, 1, "127.0.0.1"))
	b.refused(409, "at version 2", post, at+"/confirm", done.Token, ConfirmIPFilterBody{Version: 1})
	var f IPFilter
	b.want(http.StatusOK, post, at+"/confirm", done.Token, ConfirmIPFilterBody{Version: 2}).into(t, &f)
	if f.Version != 2 || f.Trial != nil || f.YourAddress != "127.0.0.1" {
		t.Errorf("%+v", f)
	}
	b.refused(409, "not on trial", post, at+"/confirm", done.Token, ConfirmIPFilterBody{Version: 2})
}
