package tenants

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Forget removes the sessions and confirmations that open nothing any more, addresses that filters denied long ago, mails about IP filters and domains that could not be sent, break-glass links that are over, and edges that
// were not heard of for long. Expired API tokens stay: their creation and what was done with them is in the audit trail by their id.
func (s *Store) Forget(ctx context.Context) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q, now := dbsql.New(tx), s.now()
		if err := q.ForgetSessions(ctx, now); err != nil {
			return fmt.Errorf("forget expired sessions: %w", err)
		}
		if err := q.ForgetConfirmations(ctx, now); err != nil {
			return fmt.Errorf("forget confirmations: %w", err)
		}
		if err := q.ForgetIPDenials(ctx, now.Add(-denialsLast)); err != nil {
			return fmt.Errorf("forget addresses that were denied: %w", err)
		}
		certain, err := s.certain(ctx, q)
		if err != nil {
			return err
		}
		if err := q.ForgetIPFilterMails(ctx, certain.Add(-DeliveriesKept)); err != nil {
			return fmt.Errorf("forget mails about IP filters: %w", err)
		}
		if err := q.ForgetDomainMails(ctx, certain.Add(-DeliveriesKept)); err != nil {
			return fmt.Errorf("forget mails about domains: %w", err)
		}
		if err := q.ForgetBreakGlassWishes(ctx, certain.Add(-glassKept)); err != nil {
			return fmt.Errorf("forget who asked for break-glass links: %w", err)
		}
		if err := q.ForgetBreakGlass(ctx, certain.Add(-glassKept)); err != nil {
			return fmt.Errorf("forget break-glass links: %w", err)
		}
		return s.forgetEdges(ctx, tx)
	})
}
