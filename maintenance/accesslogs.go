package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	// accessLogsEvery is how often it is looked what is to be sorted, and whose log goes.
	accessLogsEvery = time.Minute
	// accessLogsSorted is how long what edges told may wait to be sorted: each workspace gets an object for so long.
	accessLogsSorted = time.Hour
	// accessLogsExpire is how often it is looked what is too old: it is kept by days.
	accessLogsExpire = 6 * time.Hour
	// RoundSort is the round in which what edges told is sorted by workspace and day.
	RoundSort = "sort access logs"
)

// AccessLogs sorts what edges told of requests, and removes what is too old, and what is of workspaces that are deleted. Several may run at once.
type AccessLogs struct {
	Store  *tenants.Store
	Logs   *accesslog.Store
	Days   int // for how long lines are kept
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (a AccessLogs) Run(ctx context.Context) {
	var going sync.WaitGroup
	going.Go(func() { a.Rounds.Every(ctx, a.Log, accessLogsEvery, RoundSort, a.sort(accessLogsSorted)) })
	going.Go(func() {
		a.Rounds.Every(ctx, a.Log, accessLogsEvery, "remove access logs of deleted workspaces", a.forget)
	})
	going.Go(func() { a.Rounds.Every(ctx, a.Log, accessLogsExpire, "remove old lines of access logs", a.expire) })
	going.Wait()
}

// sort sorts what edges told once the oldest of it has waited for so long, or there is much.
func (a AccessLogs) sort(after time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		began := time.Now()
		n, err := a.Logs.Sort(ctx, began.Add(-after), a.Store.HaveLog)
		if n > 0 {
			a.Log.Info("what edges told of requests is sorted by workspace", "segments", n, "seconds", time.Since(began).Seconds())
		}
		return err
	}
}

// forget removes what was sorted of workspaces that are deleted. What a sort that began before still writes, a later round finds.
func (a AccessLogs) forget(ctx context.Context) error {
	return a.Store.ForgetAccessLogs(ctx, func(ctx context.Context, workspace uuid.UUID) error {
		n, err := a.Logs.Forget(ctx, id.Show(id.Workspace, workspace))
		if n > 0 {
			a.Log.Info("the access log of a deleted workspace is removed", "workspace", id.Show(id.Workspace, workspace), "objects", n)
		}
		return err
	})
}

// expire goes by time that was seen to pass: a clock that leapt removes nothing.
func (a AccessLogs) expire(ctx context.Context) error {
	certain, err := a.Store.Certain(ctx)
	if err != nil {
		return err
	}
	return a.Store.EachLogged(ctx, func(workspace uuid.UUID) error {
		_, err := a.Logs.Expire(ctx, id.Show(id.Workspace, workspace), certain.AddDate(0, 0, -a.Days))
		return err
	})
}
