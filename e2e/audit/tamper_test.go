package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// tampering is what somebody with all rights on the database does to a customer's chain, $1, and what is said of it.
type tampering struct {
	what      string
	statement string
	say       string
	exported  string // what an export's end says instead; empty: the export is as it was
}

// of chooses an event by its place.
const of = " from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = "

var tamperings = []tampering{
	{"an actor", "update audit_events e set actor = 'nobody'" + of + "2", "event 2: was changed", "event 2: was changed"},
	{"a detail", `update audit_events e set details = details || '{"more": "1"}'` + of + "2", "event 2: was changed", "event 2: was changed"},
	{"a time", "update audit_events e set at = at - interval '1 day'" + of + "2", "event 2: was changed", "event 2: was changed"},
	{"to another tenant", "update audit_events e set tenant_id = null" + of + "2", "event 2: belongs to chain", "event 2: belongs to chain"},
	{"a row removed", "delete from audit_events e using audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 2", "event 2: is missing", "event 2: is missing"},
	{"two swapped", "with s as (delete from audit_seals where chain = $1 and seq in (2, 3) returning *) insert into audit_seals (chain, seq, event_id, hash) select chain, 5 - seq, event_id, hash from s order by seq",
		"event 2: was changed", "event 2: was changed"},
	{"a row added, of old times", "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details, txid) values (gen_random_uuid(), now(), $1, 'a', 'b.c', 'd', '', '{}', null)",
		"slipped them in", ""},
	{"the end cut off, with all that is under it", "with s as (delete from audit_seals where chain = $1 and seq > 2 returning event_id), e as (delete from audit_events where id in (select event_id from s)) " +
		"update audit_chains c set count = 2, hash = s.hash from audit_seals s where s.chain = c.chain and c.chain = $1 and s.seq = 2",
		"event 3: is missing", "event 3: is missing"},
	{"the end cut off, and what was signed of it", "with s as (delete from audit_seals where chain = $1 and seq > 2 returning event_id), e as (delete from audit_events where id in (select event_id from s)), " +
		"l as (delete from audit_leaves where chain = $1) update audit_chains c set count = 2, hash = s.hash, signed = 0, leaf = null from audit_seals s where s.chain = c.chain and c.chain = $1 and s.seq = 2",
		"signed how far", "is not what it signed"},
	{"the last checkpoint removed", "delete from audit_checkpoints where number = (select max(number) from audit_checkpoints) and $1::uuid is not null", "is in the archive, and not in the database", "is not what it signed"},
	{"a checkpoint in between removed", "delete from audit_checkpoints where number = 1 and $1::uuid is not null", "one is missing or was replaced", ""},
	{"a checkpoint forged", "update audit_checkpoints set document = convert_to(replace(convert_from(document, 'utf8'), '\"chains\":', '\"chains\":1'), 'utf8') where number = (select max(number) from audit_checkpoints) and $1::uuid is not null",
		"not signed by this installation's key", "not there as it was signed"},
	{"all of the chain removed", "with s as (delete from audit_seals where chain = $1 returning event_id), e as (delete from audit_events where id in (select event_id from s)), " +
		"l as (delete from audit_leaves where chain = $1) delete from audit_chains where chain = $1", "signed how far", "is not what it signed"},
	{"a restore that never was", "insert into restores (id, restored_at, backup_at, document, signature, reconciled_at, archived_at) select gen_random_uuid(), now(), now(), '{}', '', now(), now() where $1::uuid is not null", "the note of a restore", ""},
}

// kept are the tables of the audit trail.
var kept = []string{"audit_events", "audit_seals", "audit_chains", "audit_leaves", "audit_checkpoints", "restores"}

// superuser does what no owner of the tables may: no trigger fires, and nothing is refused.
func (l *ledger) superuser(statement string, args ...any) {
	l.t.Helper()
	tx, err := l.db.Begin(l.t.Context())
	if err == nil {
		_, err = tx.Exec(l.t.Context(), "set local session_replication_role = replica")
	}
	if err == nil {
		_, err = tx.Exec(l.t.Context(), statement, args...)
	}
	if err == nil {
		err = tx.Commit(l.t.Context())
	}
	if err != nil {
		l.t.Fatalf("%s: %v", statement, err)
	}
}

// remember keeps all tables as they are. The function brings them back.
func (l *ledger) remember() (back func()) {
	for _, table := range kept {
		l.superuser("create table was_" + table + " as table " + table)
	}
	return func() {
		for _, table := range kept {
			l.superuser("delete from " + table + " where not exists (select from was_" + table + " w where w = " + table + ")")
			l.superuser("insert into " + table + " select * from was_" + table + " w where not exists (select from " + table + " t where t = w)")
		}
	}
}

func TestEveryTamperingWithADatabaseIsFound(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	back := l.remember()
	l.sound()
	for _, c := range tamperings {
		l.superuser(c.statement, l.chain)
		for _, token := range []string{l.customer.Token, l.m.Operator(t)} {
			if _, said, err := l.m.TryCLI(token, "audit", "verify"); err == nil || !strings.Contains(string(said), "audit trail is not as it was written") {
				t.Errorf("%s: %v, %s", c.what, err, said)
			}
		}
		out, _, _ := l.m.TryCLI(l.customer.Token, "audit", "verify")
		if !strings.Contains(string(out), c.say) {
			t.Errorf("%s: nobody says %q: %s", c.what, c.say, out)
		}
		text, said, err := l.m.TryCLI(l.customer.Token, "audit", "export")
		if (err == nil) != (c.exported == "") || !strings.Contains(string(said), c.exported) {
			t.Errorf("%s: the export ends with %v, %s", c.what, err, said)
		}
		if said, err := offline(l.m, l.write(string(text)), l.key); (err == nil) != (c.exported == "") {
			t.Errorf("%s: offline: %v, %s", c.what, err, said)
		}
		back()
		l.sound()
	}
}

// TestATrailHoldsOverARestart: what happened since the last one is under one when a machine ends, and all of it holds on.
func TestATrailHoldsOverARestart(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	before := l.report()
	l.m.Interrupt(t)
	l.m.Again(t)
	machine.Eventually(t, time.Minute, "the trail to be as it was written", func() error { return l.judge() })
	if after := l.report(); after.Checkpoints <= before.Checkpoints {
		t.Errorf("%d checkpoints before the end of the machine, and %d behind it", before.Checkpoints, after.Checkpoints)
	}
}
