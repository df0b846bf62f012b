package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// AuditReport is what was found when chains were gone along.
type AuditReport struct {
	Chains      int
	Events      int64
	Checkpoints int
	LastAt      *time.Time // of the last checkpoint
	Faults      []string   // empty: everything is as it was written
}

// VerifyAudit goes along every chain, or the one of a tenant, and compares it with the heads and checkpoints that were
// written down, and with those that an archive has.
func (s *Store) VerifyAudit(ctx context.Context, tenant *uuid.UUID, key ed25519.PublicKey, archived []audit.Signed) (AuditReport, error) {
	var r AuditReport
	q := dbsql.New(s.pool)
	checkpoints, err := s.checkpoints(ctx, key, archived, &r)
	if err != nil {
		return r, err
	}
	chains := []uuid.UUID{}
	if tenant != nil {
		chains = append(chains, *tenant)
	} else if chains, err = q.ListChains(ctx); err != nil {
		return r, fmt.Errorf("list the chains: %w", err)
	} else {
		chains = known(chains, checkpoints)
	}
	for _, chain := range chains {
		if err := s.verifyChain(ctx, chain, audit.HeadsOf(chain, checkpoints), &r); err != nil {
			return r, err
		}
	}
	r.Chains = len(chains)
	return r, nil
}

// known adds the chains that only a checkpoint remembers.
func known(chains []uuid.UUID, checkpoints []audit.Checkpoint) []uuid.UUID {
	for _, c := range checkpoints {
		for _, h := range c.Heads {
			if !slices.Contains(chains, h.Chain) {
				chains = append(chains, h.Chain)
			}
		}
	}
	return chains
}

// checkpoints opens those of the database, compares them with those of the archive, and returns what both say.
func (s *Store) checkpoints(ctx context.Context, key ed25519.PublicKey, archived []audit.Signed, r *AuditReport) ([]audit.Checkpoint, error) {
	rows, err := dbsql.New(s.pool).ListCheckpoints(ctx)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var signed []audit.Signed
	for _, row := range rows {
		signed = append(signed, audit.Signed{Document: row.Document, Signature: row.Signature})
	}
	if len(rows) > 0 && rows[0].Number != 1 {
		r.Faults = append(r.Faults, fmt.Sprintf("the first checkpoint is number %d: those before it are missing", rows[0].Number))
	}
	list, err := audit.Linked(key, signed)
	if err != nil {
		r.Faults = append(r.Faults, err.Error())
	}
	cut, err := s.compareArchive(ctx, key, archived, rows, r)
	if err != nil {
		return nil, err
	}
	list = append(list, cut...)
	r.Checkpoints = len(signed)
	if n := len(rows); n > 0 {
		r.LastAt = &rows[n-1].At
	}
	return list, nil
}

const walkMost = 2000

func (s *Store) verifyChain(ctx context.Context, chain uuid.UUID, heads []audit.Head, r *AuditReport) error {
	q := dbsql.New(s.pool)
	own, err := headsOf(ctx, q, []uuid.UUID{chain})
	if err != nil {
		return err
	}
	heads = append(heads, own[chain])
	places := []int64{}
	for _, h := range heads {
		places = append(places, h.Count)
	}
	w := audit.NewWalk(chain, places...)
	err = s.Sealed(ctx, chain, w.Step)
	r.Events += w.Head().Count
	for _, odd := range w.Odd() {
		r.Faults = append(r.Faults, odd.Error())
	}
	for _, h := range heads {
		if err == nil {
			err = w.Meets(h)
		}
	}
	if err == nil {
		err = s.withinEnd(ctx, w.Head())
	}
	if fault := (*audit.Fault)(nil); errors.As(err, &fault) {
		r.Faults = append(r.Faults, fault.Error())
	} else if err != nil {
		return err
	}
	n, err := q.CountUnchained(ctx, chain)
	if err != nil {
		return fmt.Errorf("count events outside of chain %s: %w", chain, err)
	}
	if n > 0 {
		r.Faults = append(r.Faults, fmt.Sprintf("chain %s: %d events are in no place of it: somebody slipped them in, or took their seals away", chain, n))
	}
	return nil
}

// withinEnd returns a fault when a walk came further than its chain goes now. The chain may have grown since the walk began.
func (s *Store) withinEnd(ctx context.Context, walked audit.Head) error {
	own, err := headsOf(ctx, dbsql.New(s.pool), []uuid.UUID{walked.Chain})
	if err != nil {
		return err
	}
	if end := own[walked.Chain].Count; walked.Count > end {
		return &audit.Fault{Chain: walked.Chain, Seq: end + 1, What: "is behind the chain's end: somebody added it"}
	}
	return nil
}

// Sealed hands over the events of a chain in their places, until step refuses one.
func (s *Store) Sealed(ctx context.Context, chain uuid.UUID, step func(audit.Record) error) error {
	for after := int64(0); ; {
		rows, err := dbsql.New(s.pool).SealedAfter(ctx, dbsql.SealedAfterParams{Chain: chain, After: after, Most: walkMost})
		if err != nil {
			return fmt.Errorf("read chain %s: %w", chain, err)
		}
		for _, row := range rows {
			if err := step(sealedRecord(row)); err != nil {
				return err
			}
			after = row.Seq
		}
		if len(rows) < walkMost {
			return nil
		}
	}
}

// Checkpoints returns all checkpoints as they were signed.
func (s *Store) Checkpoints(ctx context.Context) ([]audit.Signed, error) {
	rows, err := dbsql.New(s.pool).ListCheckpoints(ctx)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var list []audit.Signed
	for _, row := range rows {
		list = append(list, audit.Signed{Document: row.Document, Signature: row.Signature})
	}
	return list, nil
}

// CheckpointDue reports whether the last checkpoint is older than this.
func (s *Store) CheckpointDue(ctx context.Context, every time.Duration) (bool, error) {
	last, err := dbsql.New(s.pool).LastCheckpoint(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the last checkpoint: %w", err)
	}
	return s.now().Sub(last.At) >= every, nil
}

// ArchiveCheckpoints hands those to keep that are in no archive yet, in their order.
func (s *Store) ArchiveCheckpoints(ctx context.Context, keep func(context.Context, int64, audit.Signed) error) error {
	q := dbsql.New(s.pool)
	rows, err := q.ListUnarchived(ctx)
	if err != nil {
		return fmt.Errorf("list checkpoints that are not archived: %w", err)
	}
	for _, row := range rows {
		if err := keep(ctx, row.Number, audit.Signed{Document: row.Document, Signature: row.Signature}); err != nil {
			return err
		}
		if err := q.SetArchived(ctx, row.Number); err != nil {
			return fmt.Errorf("note that checkpoint %d is archived: %w", row.Number, err)
		}
	}
	return nil
}

// AuditState is how far the audit trail's keeping has come.
type AuditState struct {
	Unsealed   int64
	Unarchived int64
	LastAt     *time.Time // of the last checkpoint
}

// AuditState returns it as of now.
func (s *Store) AuditState(ctx context.Context) (AuditState, error) {
	q := dbsql.New(s.pool)
	var a AuditState
	var err error
	if a.Unsealed, err = q.CountUnsealed(ctx); err != nil {
		return a, fmt.Errorf("count events that are not sealed: %w", err)
	}
	rows, err := q.ListUnarchived(ctx)
	if err != nil {
		return a, fmt.Errorf("list checkpoints that are not archived: %w", err)
	}
	a.Unarchived = int64(len(rows))
	last, err := q.LastCheckpoint(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("read the last checkpoint: %w", err)
	}
	a.LastAt = &last.At
	return a, nil
}
