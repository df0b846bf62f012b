package provisioner

import (
	"context"
	"errors"
	"fmt"
)

// errCancelled means that somebody has cancelled the operation while it was worked: what lies ahead is to take it back.
var errCancelled = errors.New("the operation was cancelled")

// untilCancelled is an attempt that ends early when somebody cancels the operation.
func untilCancelled(ctx context.Context, r *Run, act func(context.Context, *Run) error) error {
	attempt, end := context.WithCancelCause(ctx)
	defer end(nil)
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-r.lease.cancelled:
			end(errCancelled)
		case <-over:
		}
	}()
	err := limited(attempt, r, act)
	if err != nil && errors.Is(context.Cause(attempt), errCancelled) {
		return fmt.Errorf("%w: %w", errCancelled, err)
	}
	return err
}
