package tenants

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// trail is a database with two tenants' chains and the operator's, sealed and under checkpoints.
type trail struct {
	*bundle
	key  ed25519.PrivateKey
	a, b uuid.UUID // tenants
}

const (
	each     = 6 // events of each chain under the first checkpoint, and as many after it
	ofSetup  = 2 // the operator's, before that: a cell and a release
	expected = 3*2*each + ofSetup
)

func newTrail(t *testing.T) *trail {
	t.Helper()
	tr := &trail{bundle: setup(t), key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)), a: uuid.New(), b: uuid.New()}
	for _, tenant := range []uuid.UUID{tr.a, tr.b} {
		tr.exec("insert into tenants (id, name, plan, created_at) values ($1, 'T', 'free', now())", tenant)
	}
	tr.write(each)
	tr.seal()
	tr.must(tr.store.Checkpoint(t.Context(), tr.key))
	tr.write(each)
	tr.seal()
	tr.must(tr.store.Checkpoint(t.Context(), tr.key))
	return tr
}

func (tr *trail) must(err error) {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *trail) exec(statement string, args ...any) {
	tr.t.Helper()
	_, err := tr.pool.Exec(tr.t.Context(), statement, args...)
	tr.must(err)
}

// write records n events in each chain.
func (tr *trail) write(n int) {
	tr.t.Helper()
	for i := range n {
		for _, tenant := range []*uuid.UUID{&tr.a, &tr.b, nil} {
			tr.must(pgx.BeginFunc(tr.t.Context(), tr.pool, func(tx pgx.Tx) error {
				return tr.store.record(tr.t.Context(), tx, Event{Tenant: tenant, Actor: "somebody", Action: "thing.do", Subject: fmt.Sprint("thing_", i),
					Details: map[string]string{"b": "2", "a": fmt.Sprint(i), "empty": ""}})
			}))
		}
	}
}

func (tr *trail) seal() {
	tr.t.Helper()
	for {
		n, err := tr.store.Seal(tr.t.Context())
		tr.must(err)
		if n == 0 {
			return
		}
	}
}

func (tr *trail) verify(archived ...audit.Signed) AuditReport {
	tr.t.Helper()
	r, err := tr.store.VerifyAudit(tr.t.Context(), nil, tr.key.Public().(ed25519.PublicKey), archived)
	tr.must(err)
	return r
}

func TestWhatWasWrittenIsFoundAsItWas(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	if r := tr.verify(); len(r.Faults) != 0 || r.Chains != 3 || r.Events != expected || r.Checkpoints != 2 || r.LastAt == nil {
		t.Errorf("%+v", r)
	}
	tr.write(1) // not sealed yet: no fault
	if r := tr.verify(); len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestNobodyChangesTheTrailByAccident(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	for _, statement := range []string{
		"update audit_events set actor = 'x'", "delete from audit_events", "truncate audit_events cascade", "update audit_seals set seq = 1",
		"delete from audit_seals", "update audit_checkpoints set document = ''", "delete from audit_checkpoints",
	} {
		if _, err := tr.pool.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "only ever added to") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// tamperings are what somebody with all rights on the database may do, in one transaction. $1 is the chain of a.
var tamperings = map[string]string{
	"an id":                      "update audit_events e set id = gen_random_uuid() from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"a time":                     "update audit_events e set at = at + interval '1 microsecond' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"an actor":                   "update audit_events e set actor = 'nobody' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"an action":                  "update audit_events e set action = 'thing.undo' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"a subject":                  "update audit_events e set subject = 'thing' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"a request":                  "update audit_events e set request_id = 'req_x' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"a detail":                   `update audit_events e set details = details || '{"a": "other"}' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3`,
	"a detail more":              `update audit_events e set details = details || '{"c": ""}' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3`,
	"a detail made nothing":      `update audit_events e set details = details || '{"empty": null}' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3`,
	"an operator's event hidden": "update audit_events set tenant_id = '00000000-0000-0000-0000-000000000000' where id = (select event_id from audit_seals where chain <> $1 and seq = 8 order by chain limit 1)",
	"the last one's actor":       "update audit_events e set actor = 'nobody' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 12",
	"a tenant":                   "update audit_events e set tenant_id = null from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
	"the first event gone":       "delete from audit_events e using audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 1",
	"one in the middle gone":     "delete from audit_events e using audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 5",
	"one and its seal gone":      "with gone as (delete from audit_seals where chain = $1 and seq = 5 returning event_id) delete from audit_events where id in (select event_id from gone)",
	"the last one gone":          "with gone as (delete from audit_seals where chain = $1 and seq = 12 returning event_id) delete from audit_events where id in (select event_id from gone)",
	"the end cut off, neatly":    "with gone as (delete from audit_seals where chain = $1 and seq > 8 returning event_id), less as (delete from audit_events where id in (select event_id from gone)) update audit_chains c set count = 8, hash = s.hash from audit_seals s where s.chain = c.chain and c.chain = $1 and s.seq = 8",
	"a seal gone":                "delete from audit_seals where chain = $1 and seq = 12",
	"two swapped":                "update audit_seals set seq = seq + 100 where chain = $1 and seq in (3, 4)",
	"a number":                   "update audit_seals set seq = 13 where chain = $1 and seq = 12",
	"a hash":                     "update audit_seals set hash = sha256(hash) where chain = $1 and seq = 4",
	"an event slipped in":        "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details, txid) values (gen_random_uuid(), now(), $1, 'a', 'b', 'c', '', '{}', null)",
	"one of an old transaction":  "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details, txid) values (gen_random_uuid(), now(), $1, 'a', 'b', 'c', '', '{}', '3')",
	"one that never gets sealed": "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details, txid) values (gen_random_uuid(), now(), $1, 'a', 'b', 'c', '', '{}', '999999999999')",
	"a whole chain gone":         "with gone as (delete from audit_seals where chain = $1 returning event_id), less as (delete from audit_events where id in (select event_id from gone)) delete from audit_chains where chain = $1",
	"the head moved":             "update audit_chains set count = count - 1 where chain = $1",
	"a checkpoint gone":          "delete from audit_checkpoints where number = 1 and $1::uuid is not null",
	"a checkpoint's document":    `update audit_checkpoints set document = convert_to(replace(convert_from(document, 'utf8'), '"count":6', '"count":5'), 'utf8') where number = 1 and $1::uuid is not null`,
	"a checkpoint's signature":   "update audit_checkpoints set signature = sha256(signature) || sha256(signature) where number = 2 and $1::uuid is not null",
}

func TestEveryTamperingIsFound(t *testing.T) {
	t.Parallel()
	for what, statement := range tamperings {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			tr.must(pgx.BeginFunc(t.Context(), tr.pool, func(tx pgx.Tx) error {
				// No trigger fires, and nothing is refused.
				if _, err := tx.Exec(t.Context(), "set local session_replication_role = replica; alter table audit_events drop constraint audit_events_details_check"); err != nil {
					return err
				}
				tag, err := tx.Exec(t.Context(), statement, tr.a)
				if err == nil && tag.RowsAffected() == 0 {
					t.Error("nothing was tampered with")
				}
				if err == nil && what == "two swapped" {
					_, err = tx.Exec(t.Context(), "update audit_seals set seq = 107 - seq where seq > 100")
				}
				return err
			}))
			r := tr.verify()
			if len(r.Faults) == 0 {
				t.Error("nobody noticed")
			}
			for _, fault := range r.Faults {
				if strings.Contains(fault, tr.b.String()) {
					t.Errorf("the other tenant's chain is blamed: %s", fault)
				}
			}
		})
	}
}

// reseal is what somebody does who knows how the hashes are made: the whole chain is written anew.
func (tr *trail) reseal(chain uuid.UUID) {
	tr.t.Helper()
	_, err := tr.pool.Exec(tr.t.Context(), "begin; set local session_replication_role = replica; delete from audit_seals where chain = '"+chain.String()+
		"'; delete from audit_chains where chain = '"+chain.String()+"'; insert into audit_unsealed select id from audit_events where tenant_id = '"+chain.String()+"'; commit")
	tr.must(err)
	tr.seal()
}

func TestAChainThatWasRewrittenMeetsItsCheckpoints(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	_, err := tr.pool.Exec(t.Context(), "begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where tenant_id = '"+tr.a.String()+"'; commit")
	tr.must(err)
	tr.reseal(tr.a)
	r := tr.verify()
	if len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "rewritten") {
		t.Errorf("%+v", r)
	}
}

func TestACheckpointByAnotherKeyIsNone(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	forger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	tr.must(tr.store.Checkpoint(t.Context(), forger))
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "not signed by this installation's key") {
		t.Errorf("%+v", r)
	}
}

func TestTheArchiveKnowsOfCheckpointsThatTheDatabaseForgot(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	archived, err := tr.store.Checkpoints(t.Context())
	tr.must(err)
	if r := tr.verify(archived...); len(r.Faults) != 0 {
		t.Fatalf("%+v", r)
	}
	tr.cutOff()
	if r := tr.verify(); len(r.Faults) != 0 {
		t.Fatalf("without the archive nobody can know: %+v", r)
	}
	r := tr.verify(archived...)
	if len(r.Faults) != 2 || !strings.Contains(r.Faults[0], "checkpoint 2 is in the archive") || !strings.Contains(r.Faults[1], "the chain had 12 events") {
		t.Errorf("%+v", r)
	}
}

func TestWritersDoNotWaitForTheSealerNorItForThem(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	// A writer that has not committed: its event is not there yet, and those that are committed are sealed all the same.
	tx, err := tr.pool.Begin(t.Context())
	tr.must(err)
	tr.must(tr.store.record(t.Context(), tx, Event{Tenant: &tr.a, Actor: "late", Action: "thing.do", Subject: "s"}))
	var writing sync.WaitGroup
	for range 8 {
		writing.Go(func() {
			for range 10 {
				if err := pgx.BeginFunc(context.WithoutCancel(t.Context()), tr.pool, func(tx pgx.Tx) error {
					return tr.store.record(t.Context(), tx, Event{Tenant: &tr.a, Actor: "early", Action: "thing.do", Subject: "s"})
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	tr.seal()
	tr.must(tx.Commit(t.Context()))
	tr.seal()
	r := tr.verify()
	if len(r.Faults) != 0 || r.Events != expected+81 {
		t.Errorf("%+v", r)
	}
	var last string
	tr.must(tr.pool.QueryRow(t.Context(), "select e.actor from audit_seals s join audit_events e on e.id = s.event_id where s.chain = $1 order by s.seq desc limit 1", tr.a).Scan(&last))
	if last != "late" {
		t.Errorf("the last of the chain is %s's: it was committed before others", last)
	}
}
