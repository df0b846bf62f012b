package controlplane

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestSignUpMakesEverythingThatANewCustomerNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), "X-Request-Id", "req-of-the-test")
	var done SignedUp
	a.into(t, &done)
	if a.header.Get("X-Request-Id") != "req-of-the-test" {
		t.Errorf("the request id is %q", a.header.Get("X-Request-Id"))
	}
	if done.Workspace.State != "provisioning" || done.Workspace.URL != "http://engines.longhouse.test:8065" || done.Operation.Kind != "provision" || done.Tenant.Role != "owner" {
		t.Errorf("%+v", done)
	}
	var me Me
	b.want(http.StatusOK, get, "/me", done.Token, nil).into(t, &me)
	if me.Kind != "person" || me.Email != "engines@example.com" || me.ID != done.Person {
		t.Errorf("%+v", me)
	}
	var events List[AuditEvent]
	b.want(http.StatusOK, get, "/tenants/"+done.Tenant.ID+"/audit-events", done.Token, nil).into(t, &events)
	var said []string
	for _, e := range events.Items {
		said = append(said, e.Action)
		if e.Actor != done.Person || e.RequestID != "req-of-the-test" {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(said, " "); got != "tenant.sign_up workspace.create tenant.create" {
		t.Errorf("audit trail: %s", got)
	}
	var nudges int
	b.must(b.pool.QueryRow(t.Context(), "select count(*) from river_job").Scan(&nudges))
	if nudges != 2 {
		t.Errorf("%d nudges, want one for the operation and one for the confirmation", nudges)
	}
}

func TestTwoSignUpsAtOnceWithOneSlugGiveOneWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	statuses := make([]int, 4)
	for i := range statuses {
		wg.Go(func() {
			body := signUpBody("wanted")
			body.Email = strings.Repeat("x", i+1) + "@example.com"
			a, err := b.try(post, prefix+"/signup", "", body)
			if err != nil {
				t.Error(err)
			}
			statuses[i] = a.status
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[http.StatusCreated] != 1 || count[http.StatusConflict] != len(statuses)-1 {
		t.Errorf("statuses %v", statuses)
	}
	if rows := b.rows(); !strings.Contains(rows, "persons=1 tenants=1 members=1 sessions=1 api_tokens=0 workspaces=1 slugs=1 operations=1") {
		t.Errorf("%s", rows)
	}
}

func TestAPersonConfirmsTheAddressOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	_, secret, err := b.store.NewConfirmation(t.Context(), b.uuid(id.Person, done.Person))
	b.must(err)
	b.want(http.StatusNoContent, post, "/confirmations", "", ConfirmBody{Token: secret})
	b.want(http.StatusNotFound, post, "/confirmations", "", ConfirmBody{Token: secret})
	var me Me
	b.want(http.StatusOK, get, "/me", done.Token, nil).into(t, &me)
	if !me.EmailConfirmed {
		t.Error("the address is not confirmed")
	}
}

func TestWithoutACellNobodyIsTakenIn(t *testing.T) {
	t.Parallel()
	b := bare(t)
	before := b.rows()
	a := b.want(http.StatusServiceUnavailable, post, "/signup", "", signUpBody("engines"))
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if after := b.rows(); after != before {
		t.Errorf("before %s after %s", before, after)
	}
}
