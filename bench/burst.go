package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

const burstOf = 50

// burst measures a machine that has nothing when 50 customers sign up at the same moment, and the control plane's memory
// when it has come to rest with their workspaces.
func burst(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	began := time.Now()
	group, together := errgroup.WithContext(ctx)
	for i := range burstOf {
		group.Go(func() error {
			_, err := m.signUp(together, fmt.Sprintf("burst-%03d", i))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	ready := time.Since(began).Seconds()
	rest(ctx, quiet)
	memory, err := m.controlPlane("_50")
	return append([]Row{{"burst50_ready", ready, "s", burstOf}}, memory...), err
}
