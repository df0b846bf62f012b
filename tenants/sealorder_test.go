package tenants

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// backwards has ids get less and less, as those of machines whose clocks differ do.
func (tr *trail) backwards() {
	next := uint64(1) << 40
	tr.store.newID = func() uuid.UUID {
		next--
		id := uuid.UUID{6: 0x70, 8: 0x80}
		binary.BigEndian.PutUint64(id[:8], next<<16|0x7000)
		return id
	}
}

// by begins a transaction, and returns what writes an event of this actor in it.
func (tr *trail) by(actor string) (tx pgx.Tx, write func()) {
	tr.t.Helper()
	tx, err := tr.pool.Begin(tr.t.Context())
	tr.must(err)
	return tx, func() {
		tr.t.Helper()
		tr.must(tr.store.record(tr.t.Context(), tx, Event{Tenant: &tr.a, Actor: actor, Action: "thing.do", Subject: "s"}))
	}
}

// order is who did the last n events of a's chain, in their places.
func (tr *trail) order(n int) string {
	tr.t.Helper()
	rows, err := tr.pool.Query(tr.t.Context(), "select e.actor from audit_seals s join audit_events e on e.id = s.event_id where s.chain = $1 order by s.seq", tr.a)
	tr.must(err)
	actors, err := pgx.CollectRows(rows, pgx.RowTo[string])
	tr.must(err)
	return strings.Join(actors[len(actors)-n:], " ")
}

func TestWhatWasCommittedBeforeAnotherWasWrittenComesBeforeIt(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.backwards()
	// The second transaction begins first, and has the lower number; the first one is committed before the second one writes its
	// event, as when the one waited for the other.
	second, writeSecond := tr.by("second")
	_, err := second.Exec(t.Context(), "select pg_current_xact_id()")
	tr.must(err)
	first, writeFirst := tr.by("first")
	writeFirst()
	tr.must(first.Commit(t.Context()))
	writeSecond()
	third, writeThird := tr.by("third")
	tr.must(second.Commit(t.Context()))
	writeThird()
	tr.must(third.Commit(t.Context()))
	tr.seal()
	if got := tr.order(3); got != "first second third" {
		t.Errorf("the chain has %s", got)
	}
}

func TestNoPassLosesWhatIsCommittedLate(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	written, write := tr.by("written")
	write()
	begun, writeLater := tr.by("begun")
	_, err := begun.Exec(t.Context(), "select pg_current_xact_id()")
	tr.must(err)
	for range 5 { // passes go on meanwhile, and each leaves behind what it is done with
		tr.write(1)
		tr.seal()
	}
	tr.must(written.Commit(t.Context()))
	tr.write(1)
	tr.seal()
	writeLater()
	tr.must(begun.Commit(t.Context()))
	tr.seal()
	if r := tr.verify(); len(r.Faults) != 0 || r.Events != expected+3*6+2 {
		t.Errorf("%+v", r)
	}
	tr.eventually("passes to leave behind what is sealed", func() bool { // others use the cluster, too, and may be in the way for a moment
		tr.write(1)
		tr.seal()
		var behind int64
		tr.must(tr.pool.QueryRow(t.Context(), "select max(e.written) - p.low from audit_pass p, audit_events e group by p.low").Scan(&behind))
		return behind < 20
	})
}

// TestAPassThatTheVersionBeforeBeganIsEnded: workers of both versions seal in turns while Longhouse is upgraded.
func TestAPassThatTheVersionBeforeBeganIsEnded(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	const many = SealMost + 10
	tr.exec(`insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		select gen_random_uuid(), $3, $1, 'a', 'b', 'c', '', '{}' from generate_series(1, $2)`, tr.a, many, tr.now())
	if n, err := tr.store.Seal(t.Context()); err != nil || n != SealMost {
		t.Fatalf("sealed %d: %v", n, err)
	}
	// It knows the pass by since and until alone, and goes by ids.
	tr.exec("update audit_pass set after = (select max(id::text)::uuid from audit_events), reached = 1000000, reached_of = since")
	tr.write(1)
	tr.seal()
	if r := tr.verify(); len(r.Faults) != 0 || r.Events != expected+many+3 {
		t.Errorf("%+v", r)
	}
}

// TestWhatWasWrittenBeforeThereWereNumbersIsSealed upgrades a database that has an event which is not sealed.
func TestWhatWasWrittenBeforeThereWereNumbersIsSealed(t *testing.T) {
	t.Parallel()
	pool, err := db.Open(t.Context(), testdb.New(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	before := fstest.MapFS{}
	names, err := fs.Glob(Migrations(), "*.sql")
	for _, name := range names {
		if text, readErr := fs.ReadFile(Migrations(), name); name < "020_audit_order.sql" {
			before[name], err = &fstest.MapFile{Data: text}, errors.Join(err, readErr)
		}
	}
	if err == nil {
		err = db.Migrate(t.Context(), pool, before)
	}
	if err == nil {
		_, err = pool.Exec(t.Context(), "insert into audit_events (id, at, actor, action, subject, request_id, details) values (gen_random_uuid(), now(), 'a', 'b', 'c', '', '{}')")
	}
	if err == nil {
		err = Migrate(t.Context(), pool)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := NewStore(pool, nil, "longhouse.test").Seal(t.Context()); err != nil || n != 1 {
		t.Errorf("sealed %d: %v", n, err)
	}
}
