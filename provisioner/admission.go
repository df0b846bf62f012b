package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// perTenant is how many operations of one tenant may go on at a time, over all workers. What more it asks for waits, and
// nobody else does.
const perTenant = tenants.PerTenant

// wakesPerTenant is how many of its workspaces may be woken at a time, beside that: people wait for each of them, and it takes a moment.
const wakesPerTenant = 8

// asidesPerTenant is how many backups of a tenant's workspaces may be made or taken away at a time, beside that. Nobody waits for most of them.
const asidesPerTenant = 2

// A tenant that asks for many operations at once has a few begun, and then about one a second: each is work for a
// database and a processor that others need too.
const (
	beginMost   = tenants.BeginMost
	beginWithin = tenants.BeginWithin
)

// How many operations may go on at a time, over all workers, of one kind, in one cell, and of one kind in one cell. A cell
// that hangs, whatever was asked for in it, thus leaves half of a worker's places to the others, and of each kind half.
const (
	perKind        = 32
	perCell        = 32
	perKindAndCell = 16
)

// perScarceKind are kinds that may have fewer in one cell. Blanks are made ahead of need: they leave the cell's databases to
// those who wait, and so do backups, each of which reads all of a database.
var perScarceKind = map[tenants.Kind]int{tenants.KindPrepare: 2, tenants.KindDiscard: 2, tenants.KindBackup: 4, tenants.KindExpire: 2}

// admissionLock is the advisory lock under which claims are decided.
const admissionLock = 0x6c686f70

// How many operations are offered to the workers at once: by the sweep, and when one place became free.
const (
	offerMost     = 64
	offerAfterOne = 4
)

// crowd is what goes on beside an operation that asks for a place.
type crowd struct {
	kind     tenants.Kind
	system   bool // the operation is nobody's: the installation's own
	unbegun  bool // it was cancelled before anybody began it, or takes but a moment to take back: little is left to do but to end it
	ofTenant int  // operations of its tenant that go on; of a wake, other wakes, and of one on a part of a workspace, others on parts
	ofKind   int  // operations of its kind that go on
	inCell   int  // operations in its cell that go on
	alike    int  // operations of its kind in its cell that go on
	begun    int  // operations of its tenant that began lately; 0 for one that began itself
	most     int  // how many of its kind may in its cell
}

// admit decides whether an operation may begin or go on now, and if not, says what it waits for.
func admit(c crowd) (yes bool, waits string) {
	switch {
	case c.unbegun:
		return true, ""
	case !c.system && c.ofTenant >= mostOfTenant(c.kind):
		return false, fmt.Sprintf("waiting: %d operations of this tenant are going on, and more are not done at a time", c.ofTenant)
	case !c.system && c.begun >= beginMost:
		return false, fmt.Sprintf("waiting: %d operations of this tenant began within %s, and more are not begun", c.begun, beginWithin)
	case c.alike >= c.most:
		return false, fmt.Sprintf("waiting: %d operations of kind %s are going on in this cell, and more are not done at a time", c.alike, c.kind)
	case c.inCell >= perCell:
		return false, fmt.Sprintf("waiting: %d operations are going on in this cell, and more are not done at a time", c.inCell)
	case c.ofKind >= perKind:
		return false, fmt.Sprintf("waiting: %d operations of kind %s are going on, and more are not done at a time", c.ofKind, c.kind)
	default:
		return true, ""
	}
}

// mostOfTenant is how many operations of one tenant may go on beside one of a kind.
func mostOfTenant(kind tenants.Kind) int {
	switch {
	case kind == tenants.KindWake:
		return wakesPerTenant
	case kind.Part() != "":
		return asidesPerTenant
	default:
		return perTenant
	}
}

// mostOf is how many of a kind may go on in one cell.
func (e *Engine) mostOf(kind tenants.Kind) int {
	if n, ok := e.scarce[kind]; ok {
		return n
	}
	return perKindAndCell
}

// claim takes the lease when the operation is due, nobody holds it, there is a place for it, and it is of a kind and in
// a cell that this worker can work in: what is not must be left to a worker of another version or place.
func (e *Engine) claim(ctx context.Context, id uuid.UUID) (l lease, ok bool, err error) {
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.LockAdmission(ctx, admissionLock); err != nil {
			return fmt.Errorf("wait for admission: %w", err)
		}
		row, err := q.OperationToAdmit(ctx, dbsql.OperationToAdmitParams{ID: id, Kinds: e.kinds(), Cells: e.reach(), Pace: beginWithin.Seconds()})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look at operation %s: %w", id, err)
		}
		yes, waits := admit(crowd{kind: tenants.Kind(row.Kind), system: row.TenantID == nil, unbegun: row.Unbegun, ofTenant: int(row.OfTenant),
			ofKind: int(row.OfKind), inCell: int(row.InCell), alike: int(row.Alike), begun: int(row.Begun), most: e.mostOf(tenants.Kind(row.Kind))})
		if !yes {
			return q.SayWaiting(ctx, dbsql.SayWaitingParams{ID: id, Message: waits})
		}
		if mine, err := e.ours(ctx, tx, id); err != nil || !mine {
			return err
		}
		claimed, err := q.ClaimOperation(ctx, dbsql.ClaimOperationParams{ID: id, Owner: e.name, Seconds: e.lease.Seconds()})
		if errors.Is(err, pgx.ErrNoRows) { // somebody else took it, or cancelled it, while we decided
			return nil
		}
		if err == nil {
			err = e.root(ctx, q, &claimed)
		}
		l, ok = lease{operation: id, epoch: claimed.Epoch, about: about(operation(claimed)), cancelled: make(chan struct{})}, err == nil
		return err
	})
	if err != nil {
		return lease{}, false, fmt.Errorf("claim operation %s: %w", id, err)
	}
	return l, ok, nil
}

// offer nudges operations that there is a place for, fairly: the tenant with the least going on comes first. What was
// nudged within since is left alone, and where it is for tenants what is nobody's.
func (e *Engine) offer(ctx context.Context, tx pgx.Tx, most int32, since time.Duration, forTenants bool) error {
	var limits []int64
	kinds := e.kinds()
	for _, kind := range kinds {
		limits = append(limits, int64(e.mostOf(tenants.Kind(kind))))
	}
	next, err := dbsql.New(tx).NextOperations(ctx, dbsql.NextOperationsParams{Kinds: kinds, Limits: limits, Cells: e.reach(),
		PerTenant: perTenant, WakesPerTenant: wakesPerTenant, AsidesPerTenant: asidesPerTenant, PerCell: perCell, PerKind: perKind, Pace: beginWithin.Seconds(), BeginMost: beginMost, Most: most, Since: since.Seconds(), OfTenants: forTenants})
	if err != nil {
		return fmt.Errorf("look for operations that have a place: %w", err)
	}
	nudge := func(topic string, op uuid.UUID) error { return e.queue.Nudge(ctx, tx, topic, op, 1) }
	if since > 0 { // and again later
		nudge = func(topic string, op uuid.UUID) error { return e.queue.Remind(ctx, tx, topic, op) }
	}
	for _, o := range next {
		if err := nudge(e.share.topic(o.Suspect), o.ID); err != nil {
			return err
		}
	}
	return nil
}
