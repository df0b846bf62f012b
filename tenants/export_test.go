package tenants

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// export is a chain's export, and what came of it.
func (tr *trail) export(chain uuid.UUID, archived ...audit.Archived) (string, error) {
	var out bytes.Buffer
	err := tr.store.ExportAudit(tr.t.Context(), chain, auditKey, folder(archived), &out)
	return out.String(), err
}

func TestAnExportIsVerifiedByItsKeyAlone(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.checkpoint() // says nothing new
	tr.write(2)     // not sealed yet
	for chain, events := range map[uuid.UUID]int64{tr.a: 14, tr.b: 14, audit.Operator: 14 + ofSetup, uuid.New(): 0} {
		text, err := tr.export(chain)
		tr.must(err)
		v, err := audit.Verify(strings.NewReader(text), tr.public())
		checkpoints, last := 3, tr.now()
		if events == 0 {
			checkpoints, last = 0, time.Time{}
		}
		if err != nil || v.Chain != chain || v.Count != events || v.Checkpoints != checkpoints || !v.SignedAt.Equal(tr.now()) || !v.Last.Equal(last) || len(v.Odd) != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		for _, other := range []uuid.UUID{tr.a, tr.b} {
			if other != chain && strings.Contains(text, other.String()) {
				t.Errorf("the export of %s tells of %s", chain, other)
			}
		}
	}
}

func TestNobodyVouchesForWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	for what, statement := range map[string]string{
		"an actor":                "update audit_events e set actor = 'nobody' from audit_seals s where s.event_id = e.id and s.chain = $1 and s.seq = 3",
		"the end cut off, neatly": tamperings["the end cut off, neatly"],
		"a seal gone":             "delete from audit_seals where chain = $1 and seq = 12",
		"what a checkpoint said":  "delete from audit_leaves where chain = $1 and number = 1",
		"a checkpoint gone":       "delete from audit_checkpoints where number = 1 and $1::uuid is not null",
		"the last one gone":       "delete from audit_checkpoints where number = 2 and $1::uuid is not null",
		"the last one forged":     "update audit_checkpoints set signature = sha256(signature) || sha256(signature) where number = 2 and $1::uuid is not null",
		"what was signed last":    "update audit_chains set leaf = sha256(leaf) where chain = $1",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			tr.must(tr.tamper(statement))
			text, err := tr.export(tr.a)
			if err == nil || !strings.Contains(text, `"type":"fault"`) || strings.Contains(text, `"type":"end"`) {
				t.Errorf("%v: %s", err, text)
			}
			if v, err := audit.Verify(strings.NewReader(text), tr.public()); err == nil {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestNobodyVouchesForWhatTheArchiveKnowsLongerThanTheDatabase(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	tr.cutOff()
	for range 2 {
		if text, err := tr.export(tr.a, kept...); err == nil || !strings.Contains(text, "it had 12 events at checkpoint 2, which is in the archive") || strings.Contains(text, `"type":"end"`) {
			t.Errorf("%v: %s", err, text)
		}
		text, err := tr.export(tr.b, kept...)
		tr.must(err)
		if v, err := audit.Verify(strings.NewReader(text), tr.public()); err != nil || !v.Compared || v.Count < 2*each {
			t.Errorf("%+v, %v", v, err)
		}
		tr.write(each) // and as many as there were before, under the next checkpoint
		tr.seal()
		tr.checkpoint()
	}
}

func TestAnExportSaysWhenNobodyComparedItWithTheArchive(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	var out bytes.Buffer
	err := tr.store.ExportAudit(t.Context(), tr.a, auditKey, unreadable{}, &out)
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
	if v, err := audit.Verify(&out, tr.public()); err != nil || v.Compared || v.Count != 2*each {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAnExportTellsOfEventsThatAreDatedBack(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details) values (gen_random_uuid(), '2020-01-02', $1, 'per_victim', 'workspace.delete', 'ws_x', '', '{}')", tr.a)
	for range 2 {
		text, err := tr.export(tr.a)
		tr.must(err)
		if v, err := audit.Verify(strings.NewReader(text), tr.public()); err != nil || len(v.Odd) != 1 || v.Odd[0].Seq != 13 {
			t.Errorf("%+v, %v", v, err)
		}
		tr.checkpoint()
	}
}
