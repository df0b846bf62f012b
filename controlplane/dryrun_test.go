package controlplane

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// wish is a write that succeeds.
type wish struct {
	path, token string
	body        any
}

// wishes makes, for each write of the API, an installation in which it succeeds.
var wishes = map[string]func(b *bundle) wish{
	"sign-up": func(*bundle) wish { return wish{"/signup", "", signUpBody("fresh")} },
	"log-in": func(b *bundle) wish {
		b.signUp("engines")
		return wish{"/login", "", LoginBody{Email: "engines@example.com", Password: password}}
	},
	"log-out": func(b *bundle) wish { return wish{"/logout", b.signUp("engines").Token, nil} },
	"confirm-email": func(b *bundle) wish {
		_, secret, err := b.store.NewConfirmation(b.t.Context(), b.uuid(id.Person, b.signUp("engines").Person))
		b.must(err)
		return wish{"/confirmations", "", ConfirmBody{Token: secret}}
	},
	"set-member": func(b *bundle) wish {
		owner, other := b.signUp("engines"), b.signUp("other")
		b.confirm(other.Person)
		return wish{"/tenants/" + owner.Tenant.ID + "/members", owner.Token, MemberBody{Email: "other@example.com", Role: "admin"}}
	},
	"remove-member": func(b *bundle) wish {
		owner, other := b.signUp("engines"), b.signUp("other")
		b.confirm(other.Person)
		b.want(http.StatusOK, put, "/tenants/"+owner.Tenant.ID+"/members", owner.Token, MemberBody{Email: "other@example.com", Role: "admin"})
		return wish{"/tenants/" + owner.Tenant.ID + "/members/" + other.Person, owner.Token, nil}
	},
	"set-plan": func(b *bundle) wish {
		return wish{"/tenants/" + b.signUp("engines").Tenant.ID + "/plan", b.operator(), PlanBody{Plan: "enterprise"}}
	},
	"create-token": func(b *bundle) wish {
		owner := b.signUp("engines")
		return wish{"/tenants/" + owner.Tenant.ID + "/tokens", owner.Token, TokenBody{Name: "ci", Scopes: []tenants.Permission{"tenant:read"}}}
	},
	"revoke-token": func(b *bundle) wish {
		owner := b.signUp("engines")
		var made CreatedToken
		b.want(http.StatusCreated, post, "/tenants/"+owner.Tenant.ID+"/tokens", owner.Token, TokenBody{Name: "ci", Scopes: []tenants.Permission{"tenant:read"}}).into(b.t, &made)
		return wish{"/tenants/" + owner.Tenant.ID + "/tokens/" + made.Token.ID, owner.Token, nil}
	},
	"create-workspace": func(b *bundle) wish {
		owner := b.signUp("engines")
		return wish{"/tenants/" + owner.Tenant.ID + "/workspaces", owner.Token, WorkspaceBody{Name: "Second", Slug: "second"}}
	},
	"delete-workspace": onRunning("", nil),
	"undelete-workspace": func(b *bundle) wish {
		w := onRunning("", nil)(b)
		var change ChangedWorkspace
		b.want(http.StatusAccepted, remove, w.path, w.token, nil).into(b.t, &change)
		b.finish(change.Operation.ID)
		return wish{w.path + "/undelete", w.token, nil}
	},
	"stop-workspace":      onRunning("/stop", StopBody{}),
	"hibernate-workspace": onRunning("/hibernate", nil),
	"open-workspace":      onRunning("/open", nil),
	"set-rest":            onRunning("/rest", `{"always_on": true}`),
	"start-workspace":     onResting("/stop", "/start"),
	"wake-workspace":      onResting("/hibernate", "/wake"),
	"cancel-operation": func(b *bundle) wish {
		owner := b.signUp("engines")
		return wish{"/operations/" + owner.Operation.ID + "/cancel", owner.Token, CancelBody{}}
	},
	"limit-cell": func(b *bundle) wish {
		return wish{"/cells/local/limits", b.operator(), `{"limits": {"workspaces": 5}}`}
	},
	"close-cell": func(b *bundle) wish { return wish{"/cells/local/close", b.operator(), nil} },
	"drain-cell": func(b *bundle) wish { return wish{"/cells/local/drain", b.operator(), nil} },
	"open-cell": func(b *bundle) wish {
		op := b.operator()
		b.want(http.StatusOK, post, "/cells/local/close", op, nil)
		return wish{"/cells/local/open", op, nil}
	},
	"create-webhook": func(b *bundle) wish {
		owner := b.signUp("engines")
		return wish{"/tenants/" + owner.Tenant.ID + "/webhooks", owner.Token, WebhookBody{URL: "https://example.com/in"}}
	},
	"update-webhook":        onWebhook("", `{"enabled": false}`),
	"remove-webhook":        onWebhook("", nil),
	"rotate-webhook-secret": onWebhook("/rotate-secret", nil),
	"test-webhook":          onWebhook("/test", nil),
	"replay-events":         onWebhook("/replay", ReplayBody{Since: time.Now().Add(-time.Hour)}),
	"replay-delivery":       onWebhook("/deliveries/{delivery}/replay", nil),
	"retry-operation": func(b *bundle) wish {
		owner := b.signUp("engines")
		return wish{"/operations/" + owner.Operation.ID + "/retry", owner.Token, nil}
	},
}

func onRunning(verb string, body any) func(b *bundle) wish {
	return func(b *bundle) wish {
		owner := b.signUp("engines")
		b.finish(owner.Operation.ID)
		return wish{"/workspaces/" + owner.Workspace.ID + verb, owner.Token, body}
	}
}

// onResting is about a workspace that another verb has put to rest.
func onResting(rest, verb string) func(b *bundle) wish {
	return func(b *bundle) wish {
		w := onRunning("", nil)(b)
		var op Operation
		b.want(http.StatusAccepted, post, w.path+rest, w.token, nil).into(b.t, &op)
		b.finish(op.ID)
		return wish{w.path + verb, w.token, nil}
	}
}

// TestEveryWriteTellsItsPlanAndDoesIt rehearses every write of the API, sees that nothing changed, then does it, and sees
// that what was recorded is what the plan said.
func TestEveryWriteTellsItsPlanAndDoesIt(t *testing.T) {
	t.Parallel()
	for _, r := range newServer(Config{}).operationTable() {
		if r.method == get {
			continue
		}
		t.Run(r.id, func(t *testing.T) {
			t.Parallel()
			prepare, ok := wishes[r.id]
			if !ok {
				t.Fatalf("add to wishes how %s succeeds", r.id)
			}
			b := setup(t)
			w := prepare(b)
			before, said := b.everything(), b.actions()
			var plan Plan
			a := b.want(http.StatusOK, r.method, w.path+"?dry_run=true", w.token, w.body, keyHeader, "once")
			a.into(t, &plan)
			if a.header.Get("Content-Type") != planType || !plan.DryRun || plan.Sentence == "" || len(plan.Changes) == 0 {
				t.Errorf("%v %s", a.header, a.body)
			}
			if after := b.everything(); after != before {
				t.Errorf("the rehearsal changed something: before\n%safter\n%s", before, after)
			}
			b.want(r.status, r.method, w.path, w.token, w.body, keyHeader, "once")
			var planned []string
			for _, c := range plan.Changes {
				planned = append(planned, c.Action)
			}
			if done := b.actions()[len(said):]; !slices.Equal(done, planned) {
				t.Errorf("planned %v, done %v", planned, done)
			}
		})
	}
}

// everything is a checksum of each table, but for when a token was last used: a rehearsal uses it too.
func (b *bundle) everything() string {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1")
	b.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	b.must(err)
	var text strings.Builder
	for _, table := range tables {
		var sum string
		b.must(b.pool.QueryRow(b.t.Context(), "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from (select to_jsonb(t) - 'last_used_at' as t from "+table+" t) t").Scan(&sum))
		fmt.Fprintf(&text, "%s %s\n", table, sum)
	}
	return text.String()
}

// actions lists what the audit trail tells, the oldest first.
func (b *bundle) actions() []string {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select action from audit_events order by id")
	b.must(err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	b.must(err)
	return list
}

func TestARehearsalIsRefusedAsTheRealThingIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("taken")
	var real, rehearsed Problem
	wrong := SignUpBody{Email: "other@example.com", Password: password, Tenant: "Other", Slug: "taken"}
	b.want(http.StatusConflict, post, "/signup", "", wrong).into(t, &real)
	b.want(http.StatusConflict, post, "/signup?dry_run=true", "", wrong).into(t, &rehearsed)
	if real.Detail != rehearsed.Detail {
		t.Errorf("%q and %q", real.Detail, rehearsed.Detail)
	}
}

func TestDryRunIsTrueOrFalseAndForWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.signUp("engines")
	for _, query := range []string{"dry_run", "dry_run=1", "dry_run=TRUE", "dry_run=true&dry_run=true", "dry_run=true&x=1"} {
		b.want(http.StatusUnprocessableEntity, post, "/signup?"+query, "", signUpBody("fresh"))
	}
	b.want(http.StatusUnprocessableEntity, get, "/tenants?dry_run=true", owner.Token, nil)
	b.want(http.StatusCreated, post, "/signup?dry_run=false", "", signUpBody("fresh"))
}

func TestAPlanTellsTheStepsOfWhatWouldBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := wishes["create-workspace"](b)
	_, err := b.pool.Exec(t.Context(), "update operations set state = 'succeeded', started_at = created_at, finished_at = created_at + interval '2 s'")
	b.must(err)
	var plan Plan
	b.want(http.StatusOK, post, w.path+"?dry_run=true", w.token, w.body).into(t, &plan)
	if len(plan.Operations) != 1 || plan.Operations[0].Kind != "provision" || !slices.Equal(plan.Operations[0].Steps, []string{"first", "second"}) ||
		plan.Operations[0].Usual == nil || plan.Operations[0].Usual.Median != 2 {
		t.Errorf("%+v", plan)
	}
}
