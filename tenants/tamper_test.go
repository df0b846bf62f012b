package tenants

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

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
	"the last checkpoint gone":   "delete from audit_checkpoints where number = 2 and $1::uuid is not null",
	"all checkpoints gone":       "delete from audit_checkpoints where $1::uuid is not null",
	"a checkpoint's document":    `update audit_checkpoints set document = convert_to(replace(convert_from(document, 'utf8'), '"chains":3', '"chains":2'), 'utf8') where number = 1 and $1::uuid is not null`,
	"a checkpoint's signature":   "update audit_checkpoints set signature = sha256(signature) || sha256(signature) where number = 2 and $1::uuid is not null",
	"a checkpoint's time":        "update audit_checkpoints set at = '2999-01-01' where number = 2 and $1::uuid is not null",
	"a checkpoint's number":      "update audit_checkpoints set number = 3 where number = 2 and $1::uuid is not null",
	"what one said":              "update audit_leaves set hash = sha256(hash) where chain = $1 and number = 1",
	"what the last one said":     "update audit_leaves set count = 11 where chain = $1 and number = 2",
	"who said it":                "update audit_leaves set number = 2 where chain = $1 and number = 1",
	"a proof":                    "update audit_leaves set path = set_byte(path, 3, get_byte(path, 3) # 1) where chain = $1 and number = 1",
	"a proof's place":            "update audit_leaves set position = 9 where chain = $1 and number = 2",
	"what one said, gone":        "delete from audit_leaves where chain = $1 and number = 1",
	"what the last said, gone":   "delete from audit_leaves where chain = $1 and number = 2",
	"what all said, gone":        "delete from audit_leaves where chain = $1",
	"what was signed last":       "update audit_chains set leaf = sha256(leaf) where chain = $1",
	"how far it was signed":      "update audit_chains set signed = 6 where chain = $1",
	"that it was signed":         "update audit_chains set signed = 0, leaf = null where chain = $1",
	"everything of it gone": "with a as (delete from audit_seals where chain = $1 returning event_id), b as (delete from audit_events where id in (select event_id from a)), " +
		"c as (delete from audit_leaves where chain = $1) delete from audit_chains where chain = $1",
}

// tamper does what somebody with all rights on the database can, to a's chain: no trigger fires, and nothing is refused.
func (tr *trail) tamper(statement string) error {
	return pgx.BeginFunc(tr.t.Context(), tr.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(tr.t.Context(), "set local session_replication_role = replica; alter table audit_events drop constraint audit_events_details_check")
		if err != nil {
			return err
		}
		tag, err := tx.Exec(tr.t.Context(), statement, tr.a)
		if err == nil && tag.RowsAffected() == 0 {
			tr.t.Error("nothing was tampered with")
		}
		if err == nil && statement == tamperings["two swapped"] {
			_, err = tx.Exec(tr.t.Context(), "update audit_seals set seq = 107 - seq where seq > 100")
		}
		return err
	})
}

func TestEveryTamperingIsFound(t *testing.T) {
	t.Parallel()
	for what, statement := range tamperings {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			tr.must(tr.tamper(statement))
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
	// All that was signed of it stays: it can't be made anew.
	tr.exec("begin; set local session_replication_role = replica; delete from audit_seals where chain = '" + chain.String() +
		"'; update audit_chains set count = 0, hash = '' where chain = '" + chain.String() + "'; insert into audit_unsealed select id from audit_events where tenant_id = '" + chain.String() + "'; commit")
	tr.seal()
}

func TestAChainThatWasRewrittenMeetsItsCheckpoints(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where tenant_id = '" + tr.a.String() + "'; commit")
	tr.reseal(tr.a)
	for range 2 { // also once the next checkpoint should have been made
		r := tr.verify()
		if len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "chain "+tr.a.String()+", event 6: is not the one of which it is written down that checkpoint 1") {
			t.Errorf("%+v", r)
		}
		// Nobody signs it; the others go on.
		tr.write(1)
		tr.seal()
		made, err := tr.store.Checkpoint(t.Context(), auditKey, 0)
		if !made && err == nil || err == nil || !strings.Contains(err.Error(), "chain "+tr.a.String()+" does not go on from where it was signed last, at 12 events") {
			t.Errorf("made %t, %v", made, err)
		}
	}
	if n := tr.count("audit_leaves where chain = $1 and number > 2", tr.b); n != 2 {
		t.Errorf("%d further checkpoints speak for the other tenant's chain", n)
	}
}

func TestACheckpointByAnotherKeyIsNoneAndNothingIsSignedOnTop(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	forged, err := audit.Checkpoint{Number: 3, At: tr.now()}.Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)))
	tr.must(err)
	tr.exec("insert into audit_checkpoints (number, at, document, signature) values (3, $1, $2, $3)", tr.now(), forged.Document, forged.Signature)
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "not signed by this installation's key") {
		t.Errorf("%+v", r)
	}
	if made, err := tr.store.Checkpoint(t.Context(), auditKey, 0); made || err == nil || !strings.Contains(err.Error(), "nothing is signed on top of checkpoint 3") {
		t.Errorf("%t, %v", made, err)
	}
}

func TestNothingIsSignedOnTopOfWhatWasNotSigned(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("update audit_chains set leaf = sha256(leaf) where chain = $1", tr.a)
	if made, err := tr.store.Checkpoint(t.Context(), auditKey, 0); made || err == nil || !strings.Contains(err.Error(), "what it signed is not what is written down of it") {
		t.Errorf("%t, %v", made, err)
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
