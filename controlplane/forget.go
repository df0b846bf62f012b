package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/dbsql"
)

// forgetEvery is often enough that what is over doesn't pile up.
const forgetEvery = time.Hour

// forget removes expired sessions and confirmations, and answers that are too old to be repeated.
func (s *Server) forget(ctx context.Context) error {
	certain, err := s.store.Certain(ctx)
	if err != nil {
		return err
	}
	err = dbsql.New(s.config.Pool).ForgetKeys(ctx, certain.Add(-keptFor))
	if err != nil {
		err = fmt.Errorf("forget idempotency keys: %w", err)
	}
	return errors.Join(err, s.store.Forget(ctx))
}
