package controlplane

import (
	"encoding/json"
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/tenants"
)

// caller is somebody who tries every operation.
type caller struct {
	name, token string
}

// everybody fills an installation: a tenant with one member of each role, the owner of another tenant, and API tokens.
type everybody struct {
	tenant, workspace, operation, person, apiToken, webhook, delivery, run string
	callers                                                                []caller
}

func inviteEverybody(b *bundle) everybody {
	b.t.Helper()
	owner := b.signUp("engines")
	b.finish(owner.Operation.ID)
	e := everybody{tenant: owner.Tenant.ID, workspace: owner.Workspace.ID, operation: owner.Operation.ID}
	stranger := b.signUp("stranger")
	e.callers = []caller{{"nobody", ""}, {"nonsense", "lhs_nonsense"}, {"stranger", stranger.Token}, {"owner", owner.Token}}
	for _, role := range []tenants.Role{tenants.Admin, tenants.Billing, tenants.Security, tenants.Auditor} {
		p := b.signUp(string(role) + "-person")
		b.confirm(p.Person)
		b.want(http.StatusOK, put, "/tenants/"+e.tenant+"/members", owner.Token, MemberBody{Email: string(role) + "-person@example.com", Role: string(role)})
		e.callers = append(e.callers, caller{string(role), p.Token})
		e.person = p.Person
	}
	var readers, other CreatedToken
	b.want(http.StatusCreated, post, "/tenants/"+e.tenant+"/tokens", owner.Token, TokenBody{Name: "reader", Scopes: []tenants.Permission{"tenant:read"}}).into(b.t, &readers)
	b.want(http.StatusCreated, post, "/tenants/"+stranger.Tenant.ID+"/tokens", stranger.Token, TokenBody{Name: "all", Scopes: tenants.Permissions}).into(b.t, &other)
	e.apiToken = readers.Token.ID
	e.webhook, e.delivery = b.webhook(e.tenant, owner.Token)
	e.callers = append(e.callers, caller{"reader token", readers.Secret}, caller{"stranger's token", other.Secret}, caller{"operator", b.operator()})
	var run CellRun
	b.want(http.StatusAccepted, post, "/cells/local/plan", b.operator(), PlanCellBody{}).into(b.t, &run)
	e.run = run.ID
	return e
}

// operatorsOnly is said to everybody else alike, whether the thing is there or not.
var operatorsOnly = []string{"operator"}

// expected says, for each operation, whom it lets pass. It is written by hand, and knows nothing of the rules.
var expected = map[string][]string{
	"ask-break-glass": {"*"}, "get-break-glass": {"*"}, "mail-break-glass-code": {"*"}, "use-break-glass": {"*"}, "sign-up": {"*"}, "log-in": {"*"}, "confirm-email": {"*"}, "get-slug": {"*"}, "list-regions": {"*"}, "list-borders": {"*"}, "get-audit-key": {"*"}, "get-certificate-key": {"*"}, "get-tls-authority": {"*"},

	"log-out":         {"stranger", "owner", "admin", "billing", "security", "auditor"},
	"get-me":          {"stranger", "owner", "admin", "billing", "security", "auditor", "reader token", "stranger's token", "operator"},
	"list-tenants":    {"stranger", "owner", "admin", "billing", "security", "auditor", "reader token", "stranger's token", "operator"},
	"list-workspaces": {"stranger", "owner", "admin", "billing", "security", "auditor", "reader token", "stranger's token", "operator"},
	"list-operations": {"stranger", "owner", "admin", "billing", "security", "auditor", "reader token", "stranger's token", "operator"},

	"get-tenant":             {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"list-tenant-workspaces": {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"get-workspace":          {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"get-operation":          {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"list-members":           {"owner", "admin", "billing", "security", "auditor"},
	"list-audit-events":      {"owner", "admin", "security", "auditor"},
	"verify-audit":           {"owner", "admin", "security", "auditor"},
	"export-audit":           {"owner", "admin", "security", "auditor"},
	"set-member":             {"owner", "admin"},
	"remove-member":          {"owner", "admin"},
	"list-tokens":            {"owner", "admin"},
	"create-token":           {"owner", "admin"},
	"revoke-token":           {"owner", "admin"},
	"list-webhooks":          {"owner", "admin", "auditor"},
	"get-webhook":            {"owner", "admin", "auditor"},
	"list-deliveries":        {"owner", "admin", "auditor"},
	"get-delivery":           {"owner", "admin", "auditor"},
	"create-webhook":         {"owner", "admin"},
	"update-webhook":         {"owner", "admin"},
	"remove-webhook":         {"owner", "admin"},
	"rotate-webhook-secret":  {"owner", "admin"},
	"test-webhook":           {"owner", "admin"},
	"replay-events":          {"owner", "admin"},
	"replay-delivery":        {"owner", "admin"},
	"create-workspace":       {"owner", "admin"},
	"open-workspace":         {"owner", "admin"},
	"follow-operation":       {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"why-stuck":              {"owner", "admin", "billing", "security", "auditor", "reader token", "operator"},
	"cancel-operation":       {"owner", "admin", "operator"},
	"retry-operation":        {"owner", "admin", "operator"},
	"stop-workspace":         {"owner", "admin", "operator"},
	"start-workspace":        {"owner", "admin", "operator"},
	"hibernate-workspace":    {"owner", "admin", "operator"},
	"wake-workspace":         {"owner", "admin", "operator"},
	"set-rest":               {"owner", "admin", "operator"},
	"delete-workspace":       {"owner", "operator"},
	"undelete-workspace":     {"owner", "operator"}, "request-break-glass": {"owner"},

	"get-deletion-certificate": {"owner", "security", "auditor", "operator"}, "list-access-log": {"owner", "admin", "security", "auditor"}, "export-access-log": {"owner", "admin", "security", "auditor"},

	"get-ip-filter":              {"owner", "admin", "security", "auditor", "operator"},
	"get-ip-activity":            {"owner", "admin", "security", "auditor", "operator"},
	"list-ip-filter-versions":    {"owner", "admin", "security", "auditor", "operator"},
	"set-ip-filter":              {"owner", "admin", "security", "operator"},
	"confirm-ip-filter":          {"owner", "admin", "security", "operator"},
	"simulate-ip-filter":         {"owner", "admin", "security", "operator"},
	"list-operator-audit-events": {"operator"}, "verify-all-audit": {"operator"}, "export-operator-audit": {"operator"},
	"list-cells": {"operator"}, "get-cell": {"operator"}, "limit-cell": {"operator"}, "open-cell": {"operator"}, "close-cell": {"operator"}, "drain-cell": {"operator"},
	"add-cell": {"operator"}, "plan-cell": {"operator"}, "apply-cell": {"operator"}, "drift-cell": {"operator"}, "destroy-cell": {"operator"},
	"accept-loss": {"operator"}, "give-up-cell": {"operator"}, "change-cell": {"operator"}, "remove-cell": {"operator"}, "discard-storage": {"operator"},
	"list-cell-runs": {"operator"}, "get-cell-run": {"operator"},
	"get-clock": {"operator"}, "trust-clock": {"operator"},
	"list-edges": {"operator"}, "fence-edge": {"operator"}, "unfence-edge": {"operator"}, "list-tls-certificates": {"operator"}, "revoke-tls-certificate": {"operator"},
	"list-releases": {"operator"}, "set-plan": {"operator"},
}

type walked struct {
	method, path string
	op           *huma.Operation
}

// operations lists what the OpenAPI document promises.
func (b *bundle) operations() []walked {
	var list []walked
	for path, item := range b.server.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{get: item.Get, post: item.Post, put: item.Put, remove: item.Delete} {
			if op != nil {
				list = append(list, walked{method, path, op})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].op.OperationID < list[j].op.OperationID })
	return list
}

// TestEveryOperationLetsPassWhomItShouldAndNobodyElse calls every operation as everybody with a body that is refused
// behind the rule, so that nothing changes and a 400, 404, 409 or 422 says that the caller was let pass.
func TestEveryOperationLetsPassWhomItShouldAndNobodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := inviteEverybody(b)
	paths := strings.NewReplacer("{tenant}", e.tenant, "{workspace}", e.workspace, "{operation}", e.operation, "{person}", e.person,
		"{token}", e.apiToken, "{webhook}", e.webhook, "{delivery}", e.delivery, "{slug}", "free", "{cell}", "local", "{run}", e.run, prefix, "")
	seen := map[string]bool{}
	for _, w := range b.operations() {
		seen[w.op.OperationID] = true
		for _, who := range e.callers {
			before := b.rows()
			pass := slices.Contains(expected[w.op.OperationID], "*") || slices.Contains(expected[w.op.OperationID], who.name)
			a := b.call(w.method, paths.Replace(w.path), who.token, harmless(w))
			if got := letPass(a); got != pass {
				t.Errorf("%s as %s: %d %s, want let pass %t", w.op.OperationID, who.name, a.status, a.body, pass)
			}
			if !pass {
				b.refusedQuietly(w, who, a, before)
			}
		}
	}
	for id := range expected {
		if !seen[id] {
			t.Errorf("%s is expected and not there", id)
		}
	}
}

// harmless is a body that gets no further than the rule: writes with a body get one that its schema refuses, and the
// others one that they must not have.
func harmless(w walked) any {
	if w.method == get {
		return nil
	}
	return `{"refuse": "me"}`
}

// letPass tells a rule's refusal from everything that can only be said behind it.
func letPass(a answer) bool {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return false
	}
	return true
}

func (b *bundle) refusedQuietly(w walked, who caller, a answer, before string) {
	b.t.Helper()
	var p Problem
	a.into(b.t, &p)
	if a.header.Get("Content-Type") != problemType || p.Detail == "" || p.Status != a.status || p.RequestID == "" {
		b.t.Errorf("%s as %s: not a problem: %v %s", w.op.OperationID, who.name, a.header, a.body)
	}
	switch {
	case strings.HasPrefix(who.name, "no") && (a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == ""):
		b.t.Errorf("%s as %s: %d, want 401", w.op.OperationID, who.name, a.status)
	case strings.HasPrefix(who.name, "stranger") && strings.Contains(w.path, "{") && a.status != http.StatusNotFound && !slices.Equal(expected[w.op.OperationID], operatorsOnly):
		b.t.Errorf("%s as %s: %d, want 404, as if it were not there", w.op.OperationID, who.name, a.status)
	}
	if after := b.rows(); after != before {
		b.t.Errorf("%s as %s: rows before %s after %s", w.op.OperationID, who.name, before, after)
	}
}

func TestAForeignThingLooksLikeOneThatIsNotThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := b.signUp("mine"), b.signUp("theirs")
	for _, c := range []struct{ foreign, missing string }{
		{"/tenants/" + theirs.Tenant.ID, "/tenants/ten_" + strings.Repeat("0", 26)},
		{"/workspaces/" + theirs.Workspace.ID, "/workspaces/ws_" + strings.Repeat("0", 26)},
		{"/operations/" + theirs.Operation.ID, "/operations/op_" + strings.Repeat("0", 26)},
	} {
		var one, other Problem
		b.want(http.StatusNotFound, get, c.foreign, mine.Token, nil).into(t, &one)
		b.want(http.StatusNotFound, get, c.missing, mine.Token, nil).into(t, &other)
		if one.RequestID, other.RequestID = "", ""; one.Detail != other.Detail {
			t.Errorf("%q and %q", one.Detail, other.Detail)
		}
	}
}

func TestListsShowOnlyWhatTheCallerMayRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := b.signUp("mine"), b.signUp("theirs")
	count := func(path, token string) int {
		var list List[json.RawMessage]
		b.want(http.StatusOK, get, path, token, nil).into(t, &list)
		return len(list.Items)
	}
	for _, path := range []string{"/tenants", "/workspaces", "/operations"} {
		if n := count(path, mine.Token); n != 1 {
			t.Errorf("%s shows %d to an owner", path, n)
		}
		if n := count(path, b.operator()); n != 2 {
			t.Errorf("%s shows %d to an operator", path, n)
		}
	}
	for _, path := range []string{"/workspaces?slug=theirs", "/operations?tenant=" + theirs.Tenant.ID, "/operations?workspace=" + theirs.Workspace.ID} {
		if n := count(path, mine.Token); n != 0 {
			t.Errorf("%s shows %d to a stranger", path, n)
		}
	}
	var blind CreatedToken
	b.want(http.StatusCreated, post, "/tenants/"+mine.Tenant.ID+"/tokens", mine.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"audit:read"}}).into(t, &blind)
	for _, path := range []string{"/tenants", "/workspaces", "/operations"} {
		b.want(http.StatusForbidden, get, path, blind.Secret, nil)
	}
}

func TestAnOperationOfNoTenantIsTheOperatorsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	_, err := b.pool.Exec(t.Context(), "update operations set tenant_id = null, workspace_id = null, kind = 'prepare'")
	b.must(err)
	b.want(http.StatusNotFound, get, "/operations/"+done.Operation.ID, done.Token, nil)
	b.want(http.StatusOK, get, "/operations/"+done.Operation.ID, b.operator(), nil)
}

func TestAnOperationWithoutARuleCanNotBeRegistered(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it was registered")
		}
	}()
	s := newServer(Config{})
	s.add(row{method: get, path: "/open-to-all", id: "open-to-all", status: http.StatusOK, register: call(s.regions)})
}

// TestNothingIsServedBesideTheTables finds a route that somebody added past the rules.
func TestNothingIsServedBesideTheTables(t *testing.T) {
	t.Parallel()
	s := newServer(Config{})
	known := map[string]bool{post + " " + feed.ConfirmationsPath: true, post + " " + feed.ActivityPath: true, post + " " + feed.WakesPath: true, post + " " + feed.UsesPath: true} // by the edges' token
	for path := range s.plainTable() {
		known[get+" "+path], known[http.MethodHead+" "+path] = true, path != feed.Path
	}
	for _, r := range s.operationTable() {
		known[r.method+" "+prefix+r.path] = true
	}
	for _, r := range append(s.tlsTable(), s.logTable()...) {
		known[r.method+" "+r.path] = true
	}
	err := chi.Walk(s.router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !known[method+" "+route] {
			t.Errorf("%s %s is in no table", method, route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
