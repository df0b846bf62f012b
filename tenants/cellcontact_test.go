package tenants

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var errSilent = errors.New("reach its database: nobody answers")

// looked has a worker look at a cell in vain.
func (b *bundle) looked(cell uuid.UUID, failure error) {
	b.t.Helper()
	b.must(b.store.NoteContact(b.t.Context(), cell, failure))
}

// passed has the notes be as old as if so much time had passed by the database's clock; back is negative.
func (b *bundle) passed(d time.Duration) {
	b.exec(`update cell_contacts c set reached_at = reached_at - by, failing_since = failing_since - by, failed_at = failed_at - by
		from (select make_interval(secs => $1) as by) x`, d.Seconds())
}

// vainly has a worker look at a cell for so long, and never reach it.
func (b *bundle) vainly(cell uuid.UUID, d time.Duration) {
	b.t.Helper()
	const pause = 30 * time.Second
	b.looked(cell, errSilent)
	for ; d > 0; d -= pause {
		b.passed(min(d, pause))
		b.looked(cell, errSilent)
	}
}

func (b *bundle) load(cell uuid.UUID) Load {
	b.t.Helper()
	l, err := b.store.Load(b.t.Context(), cell)
	b.must(err)
	return l
}

func TestNobodyIsSentToACellThatNoWorkerReaches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	local := b.cell().ID
	other, err := b.store.RegisterCell(t.Context(), Cell{Region: "local", Name: "other", Kind: "local", Outputs: []byte(`{}`)}, 400100)
	b.must(err)
	b.looked(local, nil)
	b.vainly(local, lostAfter)
	l := b.load(local)
	if says := l.Sentence(); l.Takes() || !strings.Contains(says, "no new workspaces: no worker has reached it for 9") || !strings.HasSuffix(says, " s: reach its database: nobody answers") || l.Contact.ReachedAt == nil {
		t.Errorf("%s, %+v", says, l.Contact)
	}
	if done, _ := b.signUp("engines"); done.Workspace.Cell != other.ID { // though the other is the younger one
		t.Errorf("it lives in %s, want %s", done.Workspace.Cell, other.ID)
	}
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error {
		n, err := b.store.RoomForBlanks(t.Context(), tx, local, 3)
		if n != 0 {
			t.Errorf("room for %d blanks", n)
		}
		return err
	}))
	b.vainly(other.ID, lostAfter)
	_, err = b.store.SignUp(t.Context(), SignUp{Email: "late@example.com", Password: password, Tenant: "late", Slug: "late", Region: "local"})
	refusal := (*Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Message != `the region "local" takes no new workspaces now; try again later` || !strings.Contains(refusal.Detail, "cell other takes no new workspaces: no worker has reached it") {
		t.Errorf("%+v", refusal)
	}
	b.looked(local, nil)
	if l := b.load(local); !l.Takes() || l.Contact.Failure != "" {
		t.Errorf("reached again: %+v", l.Contact)
	}
}

func TestACellIsNotLostBeforeSomebodyHasLookedForLongEnough(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(b *bundle, cell uuid.UUID)
		lost    bool
	}{
		"nobody has looked yet": {func(*bundle, uuid.UUID) {}, false},
		"the first look failed": {func(b *bundle, cell uuid.UUID) { b.looked(cell, errSilent) }, false},
		"a minute, as in a failover": {func(b *bundle, cell uuid.UUID) {
			b.looked(cell, nil)
			b.vainly(cell, time.Minute)
		}, false},
		"another worker reaches it": {func(b *bundle, cell uuid.UUID) {
			b.vainly(cell, time.Minute)
			b.looked(cell, nil)
			b.vainly(cell, time.Minute)
		}, false},
		"the control plane stood still for an hour": {func(b *bundle, cell uuid.UUID) {
			b.looked(cell, nil)
			b.passed(time.Hour)
		}, false},
		"it stood still after a look that failed, and the next fails too": {func(b *bundle, cell uuid.UUID) {
			b.looked(cell, errSilent)
			b.passed(time.Hour)
			b.looked(cell, errSilent)
		}, false},
		"it stood still while the cell was lost": {func(b *bundle, cell uuid.UUID) { b.vainly(cell, lostAfter); b.passed(time.Hour) }, true},
		"and the cell is not there when it goes on": {func(b *bundle, cell uuid.UUID) {
			b.vainly(cell, lostAfter)
			b.passed(time.Hour)
			b.looked(cell, errSilent)
		}, true},
		"the clock was put back by an hour, and it stays silent": {func(b *bundle, cell uuid.UUID) {
			b.looked(cell, errSilent)
			b.passed(-time.Hour)
			b.vainly(cell, lostAfter)
		}, true},
		"a slow worker takes a minute for each look": {func(b *bundle, cell uuid.UUID) {
			for range 3 {
				b.looked(cell, errSilent)
				b.passed(time.Minute)
			}
			b.looked(cell, errSilent)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c.happens(b, b.cell().ID)
			if l := b.load(b.cell().ID); l.Contact.Lost() != c.lost || l.Takes() == c.lost {
				t.Errorf("lost %t, want %t: %+v", l.Contact.Lost(), c.lost, l.Contact)
			}
		})
	}
}

func TestACellThatIsReachedAllTheTimeIsSeldomWrittenDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	local := b.cell().ID
	b.looked(local, nil)
	first := *b.load(local).Contact.ReachedAt
	b.looked(local, nil)
	if again := *b.load(local).Contact.ReachedAt; !again.Equal(first) {
		t.Errorf("written again after %s", again.Sub(first))
	}
	for _, d := range []time.Duration{time.Minute, -time.Hour} { // the clock was put back
		b.passed(d)
		b.looked(local, nil)
		if again := *b.load(local).Contact.ReachedAt; again.Before(first) || again.Sub(first) > 30*time.Minute {
			t.Errorf("after %s: %s, was %s", d, again, first)
		}
	}
}

func TestACellThatIsAddedAgainBeginsAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, err := b.store.AddCell(t.Context(), anOperator, aCell("north"))
	b.must(err)
	b.vainly(c.ID, lostAfter)
	b.exec("update cells set state = 'destroyed' where id = $1", c.ID)
	_, err = b.store.AddCell(t.Context(), anOperator, aCell("north"))
	b.must(err)
	if l := b.load(c.ID); l.Contact != (Contact{}) {
		t.Errorf("%+v", l.Contact)
	}
}
