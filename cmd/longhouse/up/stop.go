package up

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// The children in the order in which they end: who asks before who answers. Instances end between the two.
var answering = []string{"agent", "mail", "store", "pg-cell", "pg-control"}

func asking(l datadir.Layout) []string {
	return append([]string{"edge", "control"}, working(l)...)
}

// patience is how long stopping may take altogether before what is left is killed.
const patience = 2 * time.Minute

// agentWithin is how long an agent that crashed may take to be back, so that it can end the instances.
const agentWithin = 30 * time.Second

// stop ends everything, also what an earlier life left and this one had not come to yet.
func (m *machine) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(m.unannounce(), m.children.Stop(ctx, asking(m.layout)...), m.stopInstances(ctx), m.children.Stop(ctx, answering...))
}

// undo ends what a failed start has started. What ran before goes on, instances too, unless what they keep their data
// in ends.
func (m *machine) undo() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := errors.Join(m.unannounce(), m.children.Undo(ctx, asking(m.layout)...))
	if m.children.Started("pg-cell") || m.children.Started("store") {
		err = errors.Join(err, m.stopInstances(ctx))
	}
	return errors.Join(err, m.children.Undo(ctx, answering...))
}

// stopInstances has the agent end all instances. From then on it starts none, so that it is of no use to the next life.
func (m *machine) stopInstances(ctx context.Context) error {
	agent := process.NewClient(process.Socket(m.layout.Root))
	lists := func(ctx context.Context) error {
		_, err := agent.List(ctx)
		return err
	}
	switch err := lists(ctx); {
	case err == nil:
	case !m.children.Keeps("agent"): // there is none; one that was ended in the middle of its start may have started some
		return process.StopLeft(ctx, m.layout.Root)
	default: // one that has just ended is being restarted
		if err := eventually(ctx, agentWithin, lists); err != nil {
			return fmt.Errorf("instances may go on: the agent, which ends them, does not answer: %w", err)
		}
	}
	return errors.Join(m.children.Condemn("agent"), agent.StopAll(ctx))
}
