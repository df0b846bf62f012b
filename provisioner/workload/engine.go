// Package workload says what it means to run instances of workspaces, whatever runs them.
//
// It owns the contract between the provisioner and a workload engine (process, and Kubernetes later) and the few
// things that hold for all of them. It never decides which instances there should be and knows no tenant.
package workload

import (
	"context"
	"errors"
	"time"
)

// LogsKept is the longest that an engine keeps what a removed instance wrote.
const LogsKept = 26 * time.Hour

// ErrStale refuses what was asked in the name of a generation that has been overtaken.
var ErrStale = errors.New("the generation has been overtaken")

// ErrInvalid refuses a description that no engine could run. The error around it names what is wrong.
var ErrInvalid = errors.New("invalid description")

// Engine runs instances. An implementation guarantees, and the conformance suite checks:
//
//   - Calls are safe at any time, from any number of workers, and again after an error or a lost answer. Calls for
//     one id take effect one after another.
//   - What Apply accepted is kept durably: the instance is started again, with an exponential back-off, whenever it
//     ends, after the engine's own restart and after the machine's, until Remove. A restart of the engine doesn't
//     touch a running instance.
//   - At most one process of an instance runs at a time.
//   - The generation only grows. It is the caller's fencing number: an operation that lost its lease can't undo what
//     its successor did.
//   - The engine decides where the instance listens and tells it by MM_SERVICESETTINGS_LISTENADDRESS and
//     LONGHOUSE_ADMIN_LISTEN. Nothing of the engine's own environment reaches the instance. Only the edge may open the
//     first, only the control plane the second; the engine itself looks whether an instance is ready.
//   - An instance reads and writes files in the folder that TMPDIR names, empty at each start, and nowhere else; it sees,
//     signals and traces no process but its own, connects to nothing but Reach and the sockets meant for it, or is connected
//     to nothing but what Broker says, listens on nothing but what it is told, and gains no rights. What it takes of memory, processor, processes and disk is
//     bounded by Limits, and what it says by the engine. An instance that takes too much is slowed down, refused, or
//     ended and started again, and LastExit says why; no other notices. An engine that can't do a part of this on its
//     machine says so, or refuses to run, as its operator wishes.
//   - Env holds secrets: it appears in no log, error, argument list or answer of the engine.
type Engine interface {
	// Apply makes the instance run as described; it returns when that is durable and the start is under way, not
	// when the instance is ready (see Observed). The same description again changes nothing. A description that
	// differs needs a higher generation; then the old process is drained and stopped before the new one starts.
	// A lower generation than that of the last Apply, or one not higher than that of the last Remove, is ErrStale.
	// A description that can't be run is ErrInvalid and changes nothing.
	Apply(ctx context.Context, d Desired) error

	// Observe says what is, without waiting; a running instance has a second to say that it is ready. An id that is
	// unknown or removed has StateAbsent and no error.
	Observe(ctx context.Context, id string) (Observed, error)

	// Remove drains the instance (SIGTERM), kills what is left after the grace, and returns when nothing of it
	// runs, listens or holds a secret any more. The generation is remembered for a day or longer, so that a late
	// Apply can't resurrect the instance; this holds for unknown ids too. A lower generation than that of the last
	// Apply is ErrStale while the instance exists. An error means: not known to be gone, ask again.
	Remove(ctx context.Context, id string, generation int64) error
}

// Lister says what an engine has.
type Lister interface {
	// List gives every instance that isn't absent, in the order of their ids. None is asked whether it is ready.
	List(ctx context.Context) ([]Observed, error)
}

// Host is an engine whose instances can be compared with what there should be.
type Host interface {
	Engine
	Lister
}
