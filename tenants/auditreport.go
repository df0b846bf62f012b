package tenants

import (
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// AuditReport is what was found when chains were gone along.
type AuditReport struct {
	Chains      int
	Events      int64 // in their places
	Checkpoints int
	Archived    int           // checkpoints that the archive has
	LastAt      *time.Time    // when the last checkpoint was made
	Waiting     int64         // events that have no place yet
	WaitingFor  time.Duration // how long the first of them does
	Restores    []AuditRestore
	Faults      []string // empty: whatever could be judged is as it was written
	Unjudged    []string // what could not be judged; the causes are Trouble
	Trouble     error
}

// AuditRestore is a restore of the control plane, and the archived checkpoints that it lost.
type AuditRestore struct {
	audit.Restore
	Lost []int64
}

// faultsMost is how many faults are named.
const faultsMost = 200

func (r *AuditReport) fault(format string, args ...any) {
	switch n := len(r.Faults); {
	case n < faultsMost:
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	case n == faultsMost:
		r.Faults = append(r.Faults, "and more")
	}
}

// The ages above which something does not get on.
const (
	waitingMost    = 5 * time.Minute
	checkpointMost = 2 * time.Hour
)

// judgeAges says what is not kept any more: what has no place can be changed unnoticed, and an end that is under no checkpoint
// can be cut off.
func (r *AuditReport) judgeAges(now time.Time, firstSealed *time.Time) {
	if r.WaitingFor > waitingMost {
		r.fault("%d events have no place in their chains yet, and the first of them waits for %s: nothing is sealed", r.Waiting, r.WaitingFor.Round(time.Second))
	}
	switch {
	case r.LastAt == nil && firstSealed != nil && now.Sub(*firstSealed) > checkpointMost:
		r.fault("there is no checkpoint, and events for %s: nothing is signed", now.Sub(*firstSealed).Round(time.Second))
	case r.LastAt != nil && now.Sub(*r.LastAt) > checkpointMost:
		r.fault("the last checkpoint was made %s ago: nothing is signed since", now.Sub(*r.LastAt).Round(time.Second))
	case r.LastAt != nil && r.LastAt.Sub(now) > waitingMost:
		r.fault("the last checkpoint says that it is of %s, which is still to come: a clock is wrong, or nothing is signed since it was put right", r.LastAt.Format(time.RFC3339))
	}
}

// leave notes that something could not be judged, and for the log why.
func (r *AuditReport) leave(what string, cause error) {
	r.Unjudged, r.Trouble = append(r.Unjudged, what), errors.Join(r.Trouble, cause)
}
