package controlplane

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// told is an event as the database has it.
type told struct {
	Actor, Action, Subject, RequestID string
	Details                           json.RawMessage
}

// trailSince lists the events behind the first n, the oldest first.
func (b *bundle) trailSince(n int) []told {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select actor, action, subject, request_id, details from audit_events order by id offset $1", n)
	b.must(err)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[told])
	b.must(err)
	return list
}

// TestEveryWriteLeavesAnEventThatSaysWhoAndWhat does every write of the API, and nothing else.
func TestEveryWriteLeavesAnEventThatSaysWhoAndWhat(t *testing.T) {
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
			actor := regexp.MustCompile(`^per_`)
			if r.id == "ask-break-glass" { // by whom isn't looked for while they wait
				actor = regexp.MustCompile(`^nobody$`)
			}
			if w.token != "" {
				var me Me
				b.want(200, get, "/me", w.token, nil).into(t, &me)
				actor = regexp.MustCompile("^" + me.ID + "$")
			}
			before := len(b.trailSince(0))
			a := b.want(r.status, r.method, w.path, w.token, w.body)
			events := b.trailSince(before)
			if len(events) == 0 {
				t.Errorf("%s leaves no event", r.id)
			}
			for _, e := range events {
				if !actor.MatchString(e.Actor) || e.RequestID != a.header.Get("X-Request-Id") || e.RequestID == "" || !subjectForm.MatchString(e.Subject) || !actionForm.MatchString(e.Action) {
					t.Errorf("%s leaves %+v, want one of %s in %s", r.id, e, actor, a.header.Get("X-Request-Id"))
				}
				if strings.Contains(string(e.Details), password) || w.token != "" && strings.Contains(string(e.Details), w.token) || secretForm.Match(e.Details) {
					t.Errorf("%s tells a secret: %s", r.id, e.Details)
				}
			}
		})
	}
}

var (
	subjectForm = regexp.MustCompile(`^([a-z]{2,3}_[0-9a-z]{26}|controlplane)$`)
	actionForm  = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	secretForm  = regexp.MustCompile(`lh[a-z]_[A-Za-z0-9_-]{20,}|whsec_`)
)

// TestReadingLeavesNoEvent calls what only reads, as the owner and as an operator.
func TestReadingLeavesNoEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := inviteEverybody(b)
	paths := strings.NewReplacer("{tenant}", e.tenant, "{workspace}", e.workspace, "{operation}", e.operation, "{slug}", "free", "{cell}", "local", prefix, "")
	before := len(b.trailSince(0))
	for _, w := range b.operations() {
		if w.method != get {
			continue
		}
		for _, who := range e.callers {
			if slices.Contains([]string{"owner", "operator"}, who.name) {
				b.call(get, paths.Replace(w.path), who.token, nil)
			}
		}
	}
	if events := b.trailSince(before); len(events) != 0 {
		t.Errorf("%+v", events)
	}
}
