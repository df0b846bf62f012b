package controlplane

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatFailedIsToldToOperatorsAndToCustomersThatItDid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	op := b.uuid(id.Operation, up.Operation.ID)
	_, err := b.pool.Exec(t.Context(), `insert into operation_steps (operation_id, number, name, state, failure) values ($1, 0, 'storage', 'running', 'no route to 10.0.0.7')`, op)
	b.must(err)
	_, err = b.pool.Exec(t.Context(), "update operations set state = 'running', step = 'storage', failure = 'no route to 10.0.0.7' where id = $1", op)
	b.must(err)
	for token, want := range map[string]string{b.operator(): "no route to 10.0.0.7", up.Token: tenants.TroubleOfOurs} {
		var shown Operation
		b.want(http.StatusOK, get, "/operations/"+up.Operation.ID, token, nil).into(t, &shown)
		if shown.Failure != want || shown.Steps[0].Failure != want {
			t.Errorf("shown is %+v, want %q", shown, want)
		}
		var why Diagnosis
		b.want(http.StatusOK, get, "/operations/"+up.Operation.ID+"/why-stuck", token, nil).into(t, &why)
		if why.Failure != want {
			t.Errorf("why-stuck says %q, want %q", why.Failure, want)
		}
		var page List[Operation]
		b.want(http.StatusOK, get, "/operations", token, nil).into(t, &page)
		if len(page.Items) != 1 || page.Items[0].Failure != want {
			t.Errorf("listed is %+v, want %q", page.Items, want)
		}
	}
	if first := <-b.stream(up.Token, up.Operation.ID); first.Failure != tenants.TroubleOfOurs {
		t.Errorf("streamed is %q", first.Failure)
	}
}

func TestOperationsAreListedByStateAndByWhetherTheyGaveUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	op := b.uuid(id.Operation, up.Operation.ID)
	listed := func(query string, want int) {
		t.Helper()
		var page List[Operation]
		b.want(http.StatusOK, get, "/operations?"+query, up.Token, nil).into(t, &page)
		if len(page.Items) != want {
			t.Errorf("%s: %d are listed, want %d", query, len(page.Items), want)
		}
	}
	listed("state=queued", 1)
	listed("state=undone", 0)
	listed("failed=true", 0)
	_, err := b.pool.Exec(t.Context(), "update operations set state = 'undone', finished_at = now() where id = $1", op)
	b.must(err)
	listed("state=queued", 0)
	listed("state=undone", 1)
	listed("failed=true", 1)
	_, err = b.pool.Exec(t.Context(), "update operations set cancelled_by = 'somebody' where id = $1", op)
	b.must(err)
	listed("failed=true", 0)
	b.refused(http.StatusUnprocessableEntity, "state", get, "/operations?state=dead", up.Token, nil)
}
