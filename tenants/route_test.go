package tenants

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func (b *bundle) setRoute(ctx context.Context, r Route) error {
	return b.store.inTx(ctx, func(tx pgx.Tx) error { return b.store.SetRoute(ctx, tx, r) })
}

// TestVersionsOfRoutesAppearInTheirOrder has writers race a reader that goes on from the newest version it has seen, as an
// edge does: it must not miss a change.
func TestVersionsOfRoutesAppearInTheirOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const each = 20
	var writing sync.WaitGroup
	for _, slug := range []string{"aa", "bb", "cc"} {
		done, _ := b.signUp(slug)
		writing.Go(func() {
			for range each {
				if err := b.setRoute(t.Context(), Route{Workspace: done.Workspace.ID, Hosts: []string{slug + ".x"}, State: Serving}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { writing.Wait(); close(written) }()
	last := map[string]int64{}
	for version, over := int64(0), false; !over; {
		select {
		case <-written:
			over = true
		default:
		}
		changes, newest, err := b.store.Routes(t.Context(), version)
		b.must(err)
		for _, r := range changes {
			last[r.Hosts[0]] = r.Version
		}
		version = newest
	}
	now, newest, err := b.store.Routes(t.Context(), 0)
	b.must(err)
	for _, r := range now {
		if last[r.Hosts[0]] != r.Version {
			t.Errorf("%s: the reader knows %d, and the newest is %d", r.Hosts[0], last[r.Hosts[0]], r.Version)
		}
	}
	if version, err := b.store.RouteVersion(t.Context()); err != nil || version != newest || newest != 3*each {
		t.Errorf("version %d, newest %d, %v", version, newest, err)
	}
}

func TestAWatcherIsToldOfAChangeWhenItIsCommitted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	changed, err := b.store.WatchRoutes(ctx)
	b.must(err)
	b.must(b.setRoute(ctx, Route{Workspace: done.Workspace.ID, State: Serving}))
	if _, told := <-changed; !told {
		t.Error("the watcher was lost")
	}
	cancel()
	if _, told := <-changed; told {
		t.Error("told of nothing")
	}
}
