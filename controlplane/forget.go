package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/dbsql"
)

// forgetHourly removes what is over, so that it doesn't pile up, until ctx ends.
func (s *Server) forgetHourly(ctx context.Context) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		if err := s.forget(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what is over stays; the next try is in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
	}
}

// forget removes expired sessions and confirmations, and answers that are too old to be repeated.
func (s *Server) forget(ctx context.Context) error {
	err := dbsql.New(s.config.Pool).ForgetKeys(ctx, s.now().Add(-keptFor))
	if err != nil {
		err = fmt.Errorf("forget idempotency keys: %w", err)
	}
	return errors.Join(err, s.store.Forget(ctx))
}
