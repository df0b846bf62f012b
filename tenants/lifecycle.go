package tenants

import "slices"

// State is where a workspace is in its life.
type State string

// The states of a workspace.
const (
	// Provisioning: storage, instance and route are being made; nothing answers yet.
	Provisioning State = "provisioning"
	// Running: the edge routes to an instance that answers.
	Running State = "running"
	// Stopping: the route says so, and the instance is being drained.
	Stopping State = "stopping"
	// Stopped: no instance; the data is kept, and the edge answers 503 with a page.
	Stopped State = "stopped"
	// Starting: an instance is being started on the kept data.
	Starting State = "starting"
	// Hibernating: nobody uses it, and its instance is being put to rest.
	Hibernating State = "hibernating"
	// Hibernated: no instance until somebody comes, or something is due; the data is kept.
	Hibernated State = "hibernated"
	// Waking: an instance is being started, and whoever came for it is held meanwhile.
	Waking State = "waking"
	// Deleting: out of service, with all data kept until its date; it can be brought back.
	Deleting State = "deleting"
	// Removing: everything of the workspace is being removed, for good.
	Removing State = "removing"
	// Deleted: nothing is left but this row, and the slug, which is held.
	Deleted State = "deleted"
)

// States lists all of them, in drawing order.
var States = []State{Provisioning, Running, Stopping, Stopped, Starting, Hibernating, Hibernated, Waking, Deleting, Removing, Deleted}

// Arcs is the diagram: from each state, where a workspace may go. What an undone operation goes back by is an arc too.
var Arcs = map[State][]State{
	Provisioning: {Running, Deleted},
	Running:      {Stopping, Hibernating, Deleting, Removing},
	Stopping:     {Stopped, Running, Hibernated},
	Stopped:      {Starting, Deleting, Removing},
	Starting:     {Running, Stopped},
	Hibernating:  {Hibernated, Running},
	Hibernated:   {Waking, Stopping, Deleting, Removing},
	Waking:       {Running, Hibernated},
	Deleting:     {Running, Stopped, Starting, Hibernated, Removing},
	Removing:     {Deleted},
	Deleted:      {},
}

// May reports whether a workspace may go from s to next.
func (s State) May(next State) bool { return slices.Contains(Arcs[s], next) }

// passage says which states an operation takes a workspace through.
type passage struct {
	from   []State // where it may be asked for
	during State
	done   State // when it succeeded
	undone State // when it was undone; empty: it is never undone
}

// asBefore stands for the state that a workspace had when somebody wanted it deleted, or stopped.
const asBefore State = "as before"

var passages = map[Kind]passage{
	KindProvision: {during: Provisioning, done: Running, undone: Deleted},
	KindStop:      {from: []State{Running, Hibernated}, during: Stopping, done: Stopped, undone: asBefore},
	KindStart:     {from: []State{Stopped}, during: Starting, done: Running, undone: Stopped},
	KindHibernate: {from: []State{Running}, during: Hibernating, done: Hibernated, undone: Running},
	KindWake:      {from: []State{Hibernated}, during: Waking, done: Running, undone: Hibernated},
	KindRetire:    {from: []State{Running, Stopped, Hibernated}, during: Deleting, done: Deleting, undone: asBefore},
	KindDelete:    {from: []State{Running, Stopped, Hibernated, Deleting}, during: Removing, done: Deleted},
}

// undeleted says where a workspace that nobody wants deleted any more goes, by what it was: one that ran is started.
var undeleted = map[State]State{Running: Starting, Stopped: Stopped, Hibernated: Hibernated}
