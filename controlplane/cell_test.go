package controlplane

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestOperatorsSeeHowFullACellIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	var c Cell
	b.want(http.StatusOK, put, "/cells/local/limits", op, `{"limits": {"workspaces": 1, "disk_bytes": 1000}}`).into(t, &c)
	if !c.Takes || c.Name != "local" || *c.Capacity[0].Limit != 1 || !c.Capacity[0].Declared || *c.Capacity[2].Limit != 1000 || c.Capacity[2].Used != nil {
		t.Errorf("%+v", c)
	}
	b.signUp("engines")
	b.want(http.StatusOK, get, "/cells/"+c.ID, op, nil).into(t, &c)
	if c.Takes || c.Sentence != "cell local takes no new workspaces: workspaces is full (1 of 1 used)" || c.Forecast.Text != "full now" {
		t.Errorf("%+v", c)
	}
	figures := `
		# HELP longhouse_cell_used_ratio Share that is used of what a cell has, by dimension, where both are known.
		# TYPE longhouse_cell_used_ratio gauge
		longhouse_cell_used_ratio{cell="local",dimension="workspaces"} 1
	`
	if err := testutil.CollectAndCompare(NewGauges(b.store, b.server.log), strings.NewReader(figures), "longhouse_cell_used_ratio"); err != nil {
		t.Error(err)
	}
}

func TestOperatorsSeeThatNoWorkerReachesACell(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op, local := b.operator(), b.cellID("local")
	var c Cell
	b.must(b.store.NoteContact(t.Context(), local, nil))
	b.want(http.StatusOK, get, "/cells/local", op, nil).into(t, &c)
	if !c.Takes || c.Contact.ReachedAt == nil || c.Contact.FailingSince != nil {
		t.Errorf("%+v", c)
	}
	b.must(b.store.NoteContact(t.Context(), local, errors.New("nobody answers")))
	_, err := b.pool.Exec(t.Context(), "update cell_contacts set failing_since = failed_at - interval '10 minutes'")
	b.must(err)
	c = Cell{}
	b.want(http.StatusOK, get, "/cells/local", op, nil).into(t, &c)
	if c.Takes || c.Sentence != "cell local takes no new workspaces: no worker has reached it for 10 min: nobody answers" || c.Contact.ReachedAt == nil || c.Contact.FailingSince == nil || c.Contact.Failure != "nobody answers" {
		t.Errorf("%+v", c)
	}
	figures := `
		# HELP longhouse_cell_unreached_seconds For how long workers have tried in vain to reach a cell; 0 while one reaches it.
		# TYPE longhouse_cell_unreached_seconds gauge
		longhouse_cell_unreached_seconds{cell="local"} 600
	`
	if err := testutil.CollectAndCompare(NewGauges(b.store, b.server.log), strings.NewReader(figures), "longhouse_cell_unreached_seconds"); err != nil {
		t.Error(err)
	}
	body := SignUpBody{Email: "a@example.com", Password: "correct horse battery", Tenant: "a", Slug: "late"}
	if a := b.want(http.StatusServiceUnavailable, post, "/signup", "", body); strings.Contains(string(a.body), "answers") {
		t.Errorf("customers learn of cells: %s", a.body)
	}
}

// TestWhyThereIsNoRoomIsForOperators: customers are told what they can do, the log what is full.
func TestWhyThereIsNoRoomIsForOperators(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.want(http.StatusOK, put, "/cells/local/limits", b.operator(), `{"limits": {"workspaces": 0}}`)
	a := b.want(http.StatusServiceUnavailable, post, "/signup", "", SignUpBody{Email: "a@example.com", Password: "correct horse battery", Tenant: "a", Slug: "late", Region: "local"})
	if !strings.Contains(string(a.body), `the region \"local\" is full now; try again later`) || strings.Contains(string(a.body), "of 0 used") {
		t.Errorf("%s", a.body)
	}
	if log := b.log.String(); !strings.Contains(log, `"detail":"cell local takes no new workspaces: workspaces is full (0 of 0 used)"`) {
		t.Error(log)
	}
}

func TestACellIsDrainedClosedAndOpened(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	var c Cell
	for verb, state := range map[string]tenants.CellState{"drain": "draining", "close": "closed"} {
		b.want(http.StatusOK, post, "/cells/local/"+verb, op, nil).into(t, &c)
		if c.State != string(state) || c.Takes || c.Sentence != "cell local takes no new workspaces: it is "+string(state) {
			t.Errorf("%s: %+v", verb, c)
		}
	}
	b.want(http.StatusOK, post, "/cells/local/open", op, nil).into(t, &c)
	if c.State != "ready" || !c.Takes {
		t.Errorf("%+v", c)
	}
	b.want(http.StatusNotFound, post, "/cells/mars/open", op, nil)
	for _, bad := range []string{`{"limits": {}}`, `{"limits": {"luck": 1}}`, `{"limits": {"workspaces": -1}}`, `{"limits": {"workspaces": 1.5}}`, `{}`} {
		b.want(http.StatusUnprocessableEntity, put, "/cells/local/limits", op, bad)
	}
}
