package provisioner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
)

// How an instance is run.
const (
	drainGrace   = 30 * time.Second
	removeWithin = drainGrace + 15*time.Second
	readyWithin  = 20 * time.Second
	memoryLimit  = 512 << 20
	processLimit = 128
	diskLimit    = 1 << 30 // in its folder, where it keeps uploads while they come in
)

// cpuLimit is in percent of one core: a quarter of the machine, and at most a core. One that spins all the time on a
// machine of two cores made the others' slowest answers nearly three times as slow when it had a core of its own.
var cpuLimit = min(100, 25*runtime.NumCPU())

// startInstance runs the workspace's server. Its row, with the user id and what its secret is known by, is there before the process is.
func startInstance(ctx context.Context, r *Run) error {
	var in dbsql.Instance
	token, hash := tenants.NewInstanceToken()
	err := r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) (err error) {
		if in, err = r.nextInstance(ctx, q); err != nil {
			return err
		}
		if err := q.SetControlToken(ctx, dbsql.SetControlTokenParams{ID: in.ID, TokenHash: hash}); err != nil {
			return fmt.Errorf("give an instance another secret: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	desired, err := r.desired(ctx, in, token)
	if err != nil {
		return err
	}
	if err := r.cell.Workloads.Apply(ctx, desired); err != nil {
		return fmt.Errorf("start instance %s: %w", desired.ID, hopeless(err))
	}
	is, err := r.cell.Workloads.Observe(ctx, desired.ID)
	if err != nil {
		return fmt.Errorf("look at instance %s: %w", desired.ID, err)
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		err := q.SetInstance(ctx, dbsql.SetInstanceParams{ID: in.ID, State: "starting", Address: is.Socket, Admin: is.AdminSocket})
		if err != nil {
			return fmt.Errorf("set the address of an instance: %w", err)
		}
		return nil
	})
}

// nextInstance returns the workspace's instance, or adds one, at a higher epoch: whatever a worker that lost its lease
// asks of the engine after this is stale.
func (r *Run) nextInstance(ctx context.Context, q *dbsql.Queries) (dbsql.Instance, error) {
	open, err := q.BumpInstances(ctx, *r.op.Workspace)
	if err != nil {
		return dbsql.Instance{}, fmt.Errorf("read instances: %w", err)
	}
	if len(open) > 0 {
		return open[0], nil
	}
	uid, err := q.NextUID(ctx, r.op.Cell)
	if err != nil {
		return dbsql.Instance{}, fmt.Errorf("choose a user id: %w", err)
	}
	in, err := q.AddInstance(ctx, dbsql.AddInstanceParams{ID: id.New(), WorkspaceID: *r.op.Workspace, Uid: uid})
	if err != nil {
		return dbsql.Instance{}, fmt.Errorf("add an instance: %w", err)
	}
	return in, nil
}

// removeInstance drains and removes whatever runs for the workspace, for good.
func removeInstance(ctx context.Context, r *Run) error {
	return r.takeDown(ctx, (*dbsql.Queries).CloseInstances)
}

// restInstance drains and removes it until the workspace is woken.
func restInstance(ctx context.Context, r *Run) error {
	return r.takeDown(ctx, (*dbsql.Queries).RestInstances)
}

// takeDown drains and removes whatever runs for the workspace, and notes what that means for its rows.
func (r *Run) takeDown(ctx context.Context, note func(*dbsql.Queries, context.Context, uuid.UUID) error) error {
	var open []dbsql.Instance
	err := r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) (err error) {
		open, err = q.BumpInstances(ctx, *r.op.Workspace)
		return err
	})
	if err != nil {
		return fmt.Errorf("read instances: %w", err)
	}
	for _, in := range open {
		within, cancel := context.WithTimeout(ctx, removeWithin)
		err := r.cell.Workloads.Remove(within, id.Show(id.Instance, in.ID), in.Epoch)
		cancel()
		if err != nil {
			return fmt.Errorf("remove instance %s: %w", id.Show(id.Instance, in.ID), err)
		}
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		if err := note(q, ctx, *r.op.Workspace); err != nil {
			return fmt.Errorf("close instances: %w", err)
		}
		return nil
	})
}

// waitReady waits until the instance answers.
func waitReady(ctx context.Context, r *Run) error {
	in, err := r.instance(ctx)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := r.waitAnswers(within, in); err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		err := q.SetInstance(ctx, dbsql.SetInstanceParams{ID: in.ID, State: "ready", Address: in.Address, Admin: in.Admin})
		if err != nil {
			return fmt.Errorf("mark an instance ready: %w", err)
		}
		return nil
	})
}

// waitAnswers waits until the engine runs what was asked for last, and that is ready: before, what is ready could be the
// process that is being replaced.
func (r *Run) waitAnswers(ctx context.Context, in dbsql.Instance) error {
	for began := time.Now(); ; {
		is, err := r.cell.Workloads.Observe(ctx, id.Show(id.Instance, in.ID))
		if err != nil {
			return fmt.Errorf("look at the instance: %w", err)
		}
		if is.Ready && is.Generation == in.Epoch {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the instance, which is %s after %d restarts (%s): %w", is.State, is.Restarts, is.LastExit, ctx.Err())
		case <-time.After(lookAgain(time.Since(began))):
		}
	}
}

// lookAgain is when to look next at an instance that was begun so long ago. One alone is there in a moment; many that start together take as
// long as the processors are busy, of which looking takes its part.
func lookAgain(taken time.Duration) time.Duration {
	return min(max(taken/8, 5*time.Millisecond), 100*time.Millisecond)
}

// instance returns the workspace's one instance.
func (r *Run) instance(ctx context.Context) (dbsql.Instance, error) {
	in, err := dbsql.New(r.engine.pool).OpenInstance(ctx, *r.op.Workspace)
	if err != nil {
		return dbsql.Instance{}, fmt.Errorf("read the instance: %w", err)
	}
	return in, nil
}

// desired describes the instance to the engine. token is what it asks the control plane by.
func (r *Run) desired(ctx context.Context, in dbsql.Instance, token string) (workload.Desired, error) {
	q := dbsql.New(r.engine.pool)
	release, err := q.GetRelease(ctx, in.ReleaseID)
	if err != nil {
		return workload.Desired{}, fmt.Errorf("read the release: %w", err)
	}
	env, err := r.environment(ctx, q, in.WorkspaceID)
	if err != nil {
		return workload.Desired{}, err
	}
	tellLimits(env)
	r.cell.tellControl(env, release.Capabilities, token)
	broker, err := r.cell.broker(ctx, release.Capabilities)
	if err != nil {
		return workload.Desired{}, err
	}
	return workload.Desired{
		ID: id.Show(id.Instance, in.ID), Generation: in.Epoch, Binary: release.Path, Args: []string{"serve"}, SHA256: release.Sha256,
		UID: int(in.Uid), Env: env, DrainGrace: drainGrace,
		Limits: workload.Limits{MemoryBytes: memoryLimit, CPUPercent: cpuLimit, PIDs: processLimit, DiskBytes: diskLimit},
		Reach:  r.cell.reach(), Broker: broker,
	}, nil
}

func (r *Run) environment(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) (workload.Env, error) {
	row, err := r.storage(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return nil, err
	}
	ws, err := q.GetWorkspace(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	host, err := r.engine.store.SiteHost(ctx, workspace, ws.Slug)
	if err != nil {
		return nil, err
	}
	return r.cell.environment(row, keys, id.Show(id.Workspace, workspace), host), nil
}

// hopeless marks what the engine will refuse again.
func hopeless(err error) error {
	if errors.Is(err, workload.ErrInvalid) {
		return permanent{err}
	}
	return err
}
