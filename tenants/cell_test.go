package tenants

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func (b *bundle) cell() Cell {
	b.t.Helper()
	c, err := b.store.FindCell(b.t.Context(), "local")
	b.must(err)
	return c
}

var anOperator = Principal{Operator: uuid.MustParse("01930000-0000-7000-8000-000000000001")}

func (b *bundle) limit(d Dimension, n int64) {
	b.t.Helper()
	b.must(b.store.DeclareLimits(b.t.Context(), anOperator, b.cell().ID, map[Dimension]*int64{d: &n}))
}

// TestOneOfTwoGetsTheLastPlace: however many sign up at once, no more get a place than there are.
func TestOneOfTwoGetsTheLastPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.limit(PlacesDimension, 3)
	var all sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() {
			name := fmt.Sprintf("racer%d", i)
			_, errs[i] = b.store.SignUp(t.Context(), SignUp{Email: name + "@example.com", Password: password, Tenant: name, Slug: name, Region: "local"})
		})
	}
	all.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
			continue
		}
		b.refused(err, Exhausted, `the region "local" is full now`)
	}
	if in != 3 || b.count("workspaces") != 3 || b.count("persons") != 3 {
		t.Errorf("%d got in, %d workspaces, %d persons", in, b.count("workspaces"), b.count("persons"))
	}
}

func TestADrainingOrClosedCellTakesNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, p := b.signUp("early")
	for _, state := range []CellState{CellDraining, CellClosed} {
		b.must(b.store.SetCellState(t.Context(), anOperator, b.cell().ID, state))
		_, err := b.store.SignUp(t.Context(), SignUp{Email: "l@example.com", Password: password, Tenant: "late", Slug: "late"})
		b.refused(err, Exhausted, "no cell takes new workspaces now")
		if got := b.count("audit_events where action = 'cell." + string(state) + "' and details ->> 'cell' = 'local' and actor = '" + anOperator.Name() + "'"); got != 1 {
			t.Errorf("%s: %d audit events", state, got)
		}
	}
	b.must(b.store.SetCellState(t.Context(), anOperator, b.cell().ID, CellReady))
	b.must(b.store.SetCellState(t.Context(), anOperator, b.cell().ID, CellReady))
	if got := b.count("audit_events where action = 'cell.ready'"); got != 1 {
		t.Errorf("the same state again is audited: %d", got)
	}
	b.signUp("later")
	_ = p
	b.refused(b.store.SetCellState(t.Context(), anOperator, uuid.New(), CellReady), NotFound, "there is no such cell")
	b.refused(b.store.SetCellState(t.Context(), anOperator, b.cell().ID, "gone"), Invalid, "allowed are [ready draining closed]")
}

func TestWhatIsMeasuredIsKeptByDay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	note := func(used int64) {
		b.must(b.store.NoteCapacity(t.Context(), b.cell().ID, []Measurement{{Dimension: DiskDimension, Used: used, Limit: amount(100 * gib)}, {Dimension: DatabaseDimension, Used: 7}}))
	}
	load := func() Load {
		l, err := b.store.Load(t.Context(), b.cell().ID)
		b.must(err)
		return l
	}
	note(10 * gib)
	note(8 * gib) // the day's most stays
	disk := func() Amount { return load().Amounts[2] }
	if a := disk(); *a.Used != 8*gib || a.Forecast.Outlook != OutlookUnknown || !a.MeasuredAt.Equal(b.now()) {
		t.Errorf("%+v", a)
	}
	for _, used := range []int64{20, 30} {
		b.move(24 * time.Hour)
		note(used * gib)
	}
	if a := disk(); a.Forecast.String() != "full in about 6 days" {
		t.Errorf("%s", a.Forecast)
	}
	if f := load().First().Forecast; f.Days != 6 {
		t.Errorf("the cell: %s", f)
	}
	if a := load().Amounts[1]; a.Forecast.Outlook != OutlookUnknown {
		t.Errorf("a forecast without a limit: %s", a.Forecast)
	}
	b.move(40 * 24 * time.Hour)
	note(40 * gib)
	if n := b.count("cell_samples where dimension = 'disk_bytes'"); n != 1 {
		t.Errorf("%d samples are kept of more than a month", n)
	}
}

func TestDeclaredLimitsAreCheckedAndAudited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	declare := func(d Dimension, n *int64) error {
		return b.store.DeclareLimits(t.Context(), anOperator, b.cell().ID, map[Dimension]*int64{d: n})
	}
	b.refused(declare("luck", amount(1)), Invalid, `no dimension "luck"; allowed are [workspaces database_bytes`)
	b.refused(declare(DiskDimension, amount(-1)), Invalid, "the limit of disk_bytes is -1; it must be 0 or more")
	b.must(declare(PlacesDimension, amount(0)))
	_, err := b.store.SignUp(t.Context(), SignUp{Email: "l@example.com", Password: password, Tenant: "late", Slug: "late"})
	b.refused(err, Exhausted, "no cell takes")
	b.must(declare(PlacesDimension, nil))
	b.signUp("engines")
	if n := b.count("audit_events where action = 'cell.limit'"); n != 2 {
		t.Errorf("%d audit events", n)
	}
}

// TestWorkspacesThatAreBeingMadeAndBlanksCount: neither can be given away twice.
func TestWorkspacesThatAreBeingMadeAndBlanksCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.limit(PlacesDimension, 2)
	_, err := b.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), c.id, 'blank', '', '', '', '', '', '', '', '', r.id, now() from cells c, releases r`)
	b.must(err)
	used := func() int64 {
		l, err := b.store.Load(t.Context(), b.cell().ID)
		b.must(err)
		return *l.Amounts[0].Used
	}
	if used() != 1 {
		t.Errorf("a blank counts as %d", used())
	}
	b.signUp("one") // will take the blank
	if used() != 1 {
		t.Errorf("a workspace that will take the blank counts as %d", used())
	}
	b.signUp("two")
	_, err = b.store.SignUp(t.Context(), SignUp{Email: "l@example.com", Password: password, Tenant: "late", Slug: "late"})
	b.refused(err, Exhausted, "no cell takes")
}
