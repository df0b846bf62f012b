package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// auditLock is the advisory lock of whoever seals, or signs what is sealed.
	auditLock = 0x6c686175
	// SealMost is how many events a pass gives their places in one transaction. A pass that took as many is not over.
	SealMost = 5000
	// sealedTwice is what keeps an event from having two places.
	sealedTwice = "audit_seals_event_key"
)

// Seal gives events their places in their chains, and returns how many. A pass takes what was committed since the one
// before, in the order in which it was written: an event whose transaction was committed before another one was written comes
// before that one. Only one seals at a time: the others return 0.
func (s *Store) Seal(ctx context.Context) (n int, err error) {
	n, err = s.sealPart(ctx, false)
	if db.Violates(err, sealedTwice) {
		return s.sealPart(ctx, true)
	}
	return n, err
}

// sealPart looks for each event whether it has its place already, if it is told to: mostly none has.
func (s *Store) sealPart(ctx context.Context, look bool) (n int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		free, err := q.TryAuditLock(ctx, auditLock)
		if err != nil || !free {
			return err
		}
		p, err := sealNext(ctx, q, look)
		n = p.sealed
		return err
	})
	return n, err
}

// SealAll seals whatever was committed before, and waits for others who seal.
func (s *Store) SealAll(ctx context.Context) error {
	for begun, over := false, false; !over; {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			q := dbsql.New(tx)
			if err := q.WaitForAuditLock(ctx, auditLock); err != nil {
				return fmt.Errorf("wait for the audit lock: %w", err)
			}
			p, err := sealNext(ctx, q, true)
			begun = begun || p.begun
			over = begun && p.ended
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// part is what was done of a pass in one transaction.
type part struct {
	sealed       int
	begun, ended bool
}

// sealNext seals what is listed, or the next part of a pass.
func sealNext(ctx context.Context, q *dbsql.Queries, look bool) (part, error) {
	if n, err := sealListed(ctx, q); err != nil || n > 0 {
		return part{sealed: n}, err
	}
	return sealCommitted(ctx, q, look)
}

// sealListed takes what no transaction of this cluster tells of.
func sealListed(ctx context.Context, q *dbsql.Queries) (int, error) {
	rows, err := q.UnsealedEvents(ctx, SealMost)
	if err != nil {
		return 0, fmt.Errorf("read events that are not sealed: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	if err := seal(ctx, q, rows); err != nil {
		return 0, err
	}
	if err := q.ForgetUnsealed(ctx, eventIDs(rows)); err != nil {
		return 0, fmt.Errorf("forget what is sealed: %w", err)
	}
	return len(rows), nil
}

// sealCommitted begins a pass, or goes on with the one that is under way. One of the version before may be half done.
func sealCommitted(ctx context.Context, q *dbsql.Queries, look bool) (part, error) {
	written, err := q.LastWritten(ctx) // before the pass gets its snapshot, which the mark is about
	if err != nil {
		return part{}, fmt.Errorf("read how much was written: %w", err)
	}
	pass, err := q.LockAuditPass(ctx)
	if err != nil {
		return part{}, fmt.Errorf("read how far the sealing is: %w", err)
	}
	if pass.Fresh {
		pass.BegunAt = written
	}
	look = look || pass.BegunAt < 0
	rows, err := q.CommittedEvents(ctx, dbsql.CommittedEventsParams{Since: pass.Since, Until: pass.Until, Low: pass.Low, Reached: pass.Reached, Look: look, Most: SealMost})
	if err != nil {
		return part{}, fmt.Errorf("read events that are not sealed: %w", err)
	}
	if len(rows) > 0 {
		if err := seal(ctx, q, rows); err != nil {
			return part{}, err
		}
	}
	switch {
	case len(rows) == SealMost:
		err = q.GoOnWithAuditPass(ctx, dbsql.GoOnWithAuditPassParams{Until: pass.Until, Reached: *rows[len(rows)-1].Written, BegunAt: pass.BegunAt})
	case len(rows) > 0 || !pass.Fresh:
		err = q.EndAuditPass(ctx, dbsql.EndAuditPassParams{Until: pass.Until, BegunAt: pass.BegunAt})
	}
	if err != nil {
		return part{}, fmt.Errorf("write down how far the sealing is: %w", err)
	}
	return part{len(rows), pass.Fresh, len(rows) < SealMost}, nil
}

func eventIDs(rows []dbsql.AuditEvent) []uuid.UUID {
	list := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		list[i] = r.ID
	}
	return list
}

func seal(ctx context.Context, q *dbsql.Queries, rows []dbsql.AuditEvent) error {
	records := map[uuid.UUID][]audit.Record{}
	var chains []uuid.UUID
	for _, r := range rows {
		rec := auditRecord(r)
		if records[rec.Chain] == nil {
			chains = append(chains, rec.Chain)
		}
		records[rec.Chain] = append(records[rec.Chain], rec)
	}
	heads, err := headsOf(ctx, q, chains)
	if err != nil {
		return err
	}
	seals := make([]dbsql.AddSealsParams, 0, len(rows))
	var after dbsql.SetAuditHeadsParams
	for _, chain := range chains {
		sealed, head := audit.Seal(heads[chain], records[chain])
		for i := range sealed {
			r := &sealed[i]
			seals = append(seals, dbsql.AddSealsParams{Chain: r.Chain, Seq: r.Seq, EventID: r.ID, Hash: r.Hash[:]})
		}
		after.Chains, after.Counts, after.Hashes = append(after.Chains, chain), append(after.Counts, head.Count), append(after.Hashes, head.Hash[:])
	}
	if _, err := q.AddSeals(ctx, seals); err != nil {
		return fmt.Errorf("seal events: %w", err)
	}
	if err := q.SetAuditHeads(ctx, after); err != nil {
		return fmt.Errorf("write down how far the chains go: %w", err)
	}
	return nil
}

// headsOf returns the heads of chains, also of those that have none yet.
func headsOf(ctx context.Context, q *dbsql.Queries, chains []uuid.UUID) (map[uuid.UUID]audit.Head, error) {
	heads := map[uuid.UUID]audit.Head{}
	for _, chain := range chains {
		heads[chain] = audit.Head{Chain: chain}
	}
	rows, err := q.AuditHeads(ctx, chains)
	if err != nil {
		return nil, fmt.Errorf("read how far the chains go: %w", err)
	}
	for _, r := range rows {
		heads[r.Chain] = head(r)
	}
	return heads, nil
}

func head(r dbsql.AuditChain) audit.Head {
	h := audit.Head{Chain: r.Chain, Count: r.Count}
	copy(h.Hash[:], r.Hash)
	return h
}
