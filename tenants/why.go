package tenants

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Diagnosis is why an operation is where it is.
type Diagnosis struct {
	Operation Operation
	Sentence  string     // for humans
	NextAt    *time.Time // when the next attempt is due; nil: it is going on, or over
	Worker    string     // who holds the lease; empty: nobody
	LeaseEnds *time.Time
	OfTenant  int // other operations of its tenant that go on
	OfKind    int // other operations of its kind that go on
	InCell    int // other operations in its cell that go on
	Usual     Usual
	UsualStep Usual

	begun      int  // operations of its tenant that began a moment ago
	suspect    bool // a worker died with one of its tenant
	uncompared bool // its cell was not compared with the control plane's database yet
}

// Why tells what an operation waits for, and how long such a thing usually takes.
func (s *Store) Why(ctx context.Context, operation uuid.UUID) (Diagnosis, error) {
	op, err := s.Operation(ctx, operation)
	if err != nil {
		return Diagnosis{}, err
	}
	r := Diagnosis{Operation: op}
	q := dbsql.New(s.pool)
	ahead, err := q.OperationsAhead(ctx, operation)
	if err != nil {
		return Diagnosis{}, fmt.Errorf("count what goes on beside operation %s: %w", operation, err)
	}
	r.OfTenant, r.OfKind, r.InCell, r.begun = int(ahead.OfTenant), int(ahead.OfKind), int(ahead.InCell), int(ahead.Begun)
	r.suspect = ahead.Suspect
	if _, r.uncompared, err = s.Reconciliation(ctx, op.Cell); err != nil {
		return Diagnosis{}, err
	}
	if r.Usual, err = s.Usual(ctx, op.Kind); err != nil {
		return Diagnosis{}, err
	}
	step, err := q.UsualStepDuration(ctx, dbsql.UsualStepDurationParams{Kind: string(op.Kind), Step: op.Step})
	if err != nil {
		return Diagnosis{}, fmt.Errorf("read how long %s usually takes: %w", op.Step, err)
	}
	r.UsualStep = Usual{int(step.N), seconds(step.Median), seconds(step.P95)}
	r.explain(s.now())
	return r, nil
}

// explain chooses the words.
func (r *Diagnosis) explain(now time.Time) {
	op := r.Operation
	leased := op.LeaseUntil != nil && op.LeaseUntil.After(now)
	if leased {
		r.Worker, r.LeaseEnds = op.LeaseOwner, op.LeaseUntil
	} else if !op.State.Over() {
		r.NextAt = &op.DueAt
	}
	switch {
	case op.Dead():
		r.Sentence = fmt.Sprintf("It gave up: %s. `longhouse operations retry` asks for the same again, or says how to.", op.Message)
	case op.State.Over():
		r.Sentence = fmt.Sprintf("It is not stuck: it is over, and %s.", op.State)
	case leased:
		r.Sentence = fmt.Sprintf("It is not waiting: %s.%s", op.underWay(), r.UsualStep.sentence("This step"))
	case r.uncompared:
		r.Sentence = "It waits until its cell was compared with the control plane's database, as after a restore. `longhouse cells show` tells operators why that takes long."
	case op.DueAt.After(now):
		r.Sentence = fmt.Sprintf("It waits for its next attempt: %s. `longhouse operations retry` makes it now.", op.Message)
	case r.suspect:
		r.Sentence = "A worker died while it was at work for its tenant, or of it where it is nobody's: such operations go on one at a time, apart from all others. " +
			"If that lasts, see whether the workers for them run (`solo-a`, `solo-b`), and whether one of them reaches its cell."
	case op.State == Queued && r.OfTenant+r.OfKind+r.InCell+r.begun > 0:
		r.Sentence = fmt.Sprintf("It is %s.", op.Message)
	case r.OfTenant+r.OfKind+r.InCell > 0:
		r.Sentence = fmt.Sprintf("It is due and waits for its turn: %d operations of its tenant, %d of its kind and %d in its cell go on. If that lasts, see whether a worker reaches its cell.",
			r.OfTenant, r.OfKind, r.InCell)
	default:
		r.Sentence = "It is due, and no worker has taken it: see whether the workers run, and whether one of them reaches its cell."
	}
	if op.StuckSince != nil && !op.State.Over() {
		r.Sentence += " It has been taken for stuck since " + op.StuckSince.Format(time.RFC3339) + "."
	}
}

// underWay says what a worker does that has the operation.
func (o Operation) underWay() string {
	switch {
	case o.State == Undoing && o.CancelledBy != "":
		return "it was cancelled, and a worker is taking back what was done"
	case o.State == Undoing:
		return "a worker is taking back " + cmp.Or(o.Step, "what was done")
	case o.Step == "":
		return "a worker has just taken it"
	default:
		return "a worker is doing " + o.Step
	}
}

func (u Usual) sentence(what string) string {
	if u.N == 0 {
		return ""
	}
	return fmt.Sprintf(" %s usually takes %s, and in one case of twenty more than %s.", what, u.Median.Round(time.Millisecond), u.P95.Round(time.Millisecond))
}
