package tenants

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// TestAnEventThatIsDatedBackIsFound inserts one as everybody may who writes to the database at all.
func TestAnEventThatIsDatedBackIsFound(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		at, id time.Duration // how long ago
		found  bool
	}{
		"now":                {0, 0, false},
		"a minute ago":       {time.Minute, time.Minute, false},
		"years ago":          {5 * 365 * 24 * time.Hour, 5 * 365 * 24 * time.Hour, true},
		"its time alone":     {5 * 365 * 24 * time.Hour, 0, true},
		"its id alone":       {0, 5 * 365 * 24 * time.Hour, true},
		"between two stops":  {25 * time.Hour, 25 * time.Hour, true},
		"when nobody looked": {16 * time.Minute, 16 * time.Minute, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			tr.move(24 * time.Hour)
			tr.checkpoint() // which says nothing new of the chain
			now := tr.now()
			made := id.By(func() time.Time { return now.Add(-c.id) })()
			tr.exec("insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details) values ($1, $2, $3, 'per_victim', 'workspace.delete', 'ws_x', '', '{}')", made, now.Add(-c.at), tr.a)
			tr.seal()
			for range 2 { // also once a checkpoint speaks for it
				for _, r := range []AuditReport{tr.verify(), tr.verifyOf(&tr.a)} {
					if found := len(r.Faults) == 1 && strings.Contains(r.Faults[0], "chain "+tr.a.String()+", event 13: says that it is of"); found != c.found || len(r.Faults) > 1 {
						t.Errorf("%q", r.Faults)
					}
				}
				tr.checkpoint()
			}
			if r := tr.verifyOf(&tr.b); len(r.Faults) != 0 {
				t.Errorf("%q", r.Faults)
			}
		})
	}
}

func TestAReportSaysWhatIsNotKept(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(2)
	if r := tr.verify(); len(r.Faults) != 0 || r.Waiting != 6 || r.WaitingFor != 0 || r.Events != expected {
		t.Errorf("%+v", r)
	}
	tr.move(waitingMost)
	if r := tr.verifyOf(&tr.a); len(r.Faults) != 0 || r.Waiting != 2 || r.WaitingFor != waitingMost || r.Chains != 1 {
		t.Errorf("%+v", r)
	}
	tr.move(time.Second)
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "6 events have no place in their chains yet, and the first of them waits for 5m1s") {
		t.Errorf("%+v", r)
	}
	tr.seal()
	tr.move(checkpointMost - waitingMost - time.Second)
	if r := tr.verify(); len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
	tr.move(time.Second)
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "the last checkpoint was made 2h0m1s ago") {
		t.Errorf("%+v", r)
	}
	tr.move(-3 * time.Hour)
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "which is still to come") {
		t.Errorf("%+v", r)
	}
}

func TestAReportMissesTheFirstCheckpoint(t *testing.T) {
	t.Parallel()
	tr := &trail{bundle: setup(t), a: uuid.New()}
	tr.exec("insert into tenants (id, name, plan, created_at) values ($1, 'T', 'free', now())", tr.a)
	tr.seal()
	if r := tr.verify(); len(r.Faults) != 0 || r.LastAt != nil || r.Chains != 1 {
		t.Errorf("%+v", r)
	}
	tr.move(checkpointMost + time.Second)
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "there is no checkpoint, and events for 2h0m1s") {
		t.Errorf("%+v", r)
	}
}

func TestAReportOfAnotherTenantSaysNothingOfOne(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where tenant_id = '" + tr.a.String() + "'; commit")
	if r := tr.verifyOf(&tr.b); len(r.Faults) != 0 || r.Events != 2*each || r.Chains != 1 || r.Checkpoints != 2 {
		t.Errorf("%+v", r)
	}
	if r := tr.verifyOf(&tr.a); len(r.Faults) != 1 {
		t.Errorf("%+v", r)
	}
}
