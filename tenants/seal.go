package tenants

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// auditLock is the advisory lock of whoever seals, or signs what is sealed.
	auditLock = 0x6c686175
	sealMost  = 1000
)

// Seal gives events their places in their chains, and returns how many. Events that were committed before others that a
// pass finds have their places before them; within a pass the order is that of their ids. Only one seals at a time: the
// others return 0.
func (s *Store) Seal(ctx context.Context) (n int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		free, err := q.TryAuditLock(ctx, auditLock)
		if err != nil || !free {
			return err
		}
		rows, err := q.UnsealedEvents(ctx, sealMost)
		if err != nil {
			return fmt.Errorf("read events that are not sealed: %w", err)
		}
		n = len(rows)
		if n == 0 {
			return nil
		}
		return seal(ctx, q, rows)
	})
	return n, err
}

func seal(ctx context.Context, q *dbsql.Queries, rows []dbsql.AuditEvent) error {
	records := map[uuid.UUID][]audit.Record{}
	var chains, events []uuid.UUID
	for _, r := range rows {
		rec, err := auditRecord(r)
		if err != nil {
			return err
		}
		if records[rec.Chain] == nil {
			chains = append(chains, rec.Chain)
		}
		records[rec.Chain] = append(records[rec.Chain], rec)
		events = append(events, r.ID)
	}
	heads, err := headsOf(ctx, q, chains)
	if err != nil {
		return err
	}
	var seals dbsql.AddSealsParams
	var after dbsql.SetAuditHeadsParams
	for _, chain := range chains {
		sealed, head := audit.Seal(heads[chain], records[chain])
		for _, r := range sealed {
			seals.Chains, seals.Seqs = append(seals.Chains, r.Chain), append(seals.Seqs, r.Seq)
			seals.Events, seals.Hashes = append(seals.Events, r.ID), append(seals.Hashes, r.Hash[:])
		}
		after.Chains, after.Counts, after.Hashes = append(after.Chains, chain), append(after.Counts, head.Count), append(after.Hashes, head.Hash[:])
	}
	if err := q.AddSeals(ctx, seals); err != nil {
		return fmt.Errorf("seal events: %w", err)
	}
	if err := q.SetAuditHeads(ctx, after); err != nil {
		return fmt.Errorf("write down how far the chains go: %w", err)
	}
	if err := q.ForgetUnsealed(ctx, events); err != nil {
		return fmt.Errorf("forget what is sealed: %w", err)
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

// auditRecord is an event as its chain has it.
func auditRecord(r dbsql.AuditEvent) (audit.Record, error) {
	rec := audit.Record{ID: r.ID, At: r.At, Actor: r.Actor, Action: r.Action, Subject: r.Subject, RequestID: r.RequestID}
	if r.TenantID != nil {
		rec.Chain = *r.TenantID
	}
	if err := json.Unmarshal(r.Details, &rec.Details); err != nil {
		return rec, fmt.Errorf("decode audit event %s: %w", r.ID, err)
	}
	return rec, nil
}

// Checkpoint signs how far every chain goes, linked to the checkpoint before.
func (s *Store) Checkpoint(ctx context.Context, key ed25519.PrivateKey) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		free, err := q.TryAuditLock(ctx, auditLock)
		if err != nil || !free {
			return err
		}
		c := audit.Checkpoint{Number: 1, At: s.now()}
		last, err := q.LastCheckpoint(ctx)
		switch {
		case err == nil:
			c.Number = last.Number + 1
			c.Previous = audit.Signed{Document: last.Document, Signature: last.Signature}.Sum()
		case !errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("read the last checkpoint: %w", err)
		}
		heads, err := q.AllAuditHeads(ctx)
		if err != nil {
			return fmt.Errorf("read how far the chains go: %w", err)
		}
		for _, r := range heads {
			c.Heads = append(c.Heads, head(r))
		}
		signed, err := c.Sign(key)
		if err != nil {
			return err
		}
		err = q.AddCheckpoint(ctx, dbsql.AddCheckpointParams{Number: c.Number, At: c.At, Document: signed.Document, Signature: signed.Signature})
		if err != nil {
			return fmt.Errorf("keep checkpoint %d: %w", c.Number, err)
		}
		return nil
	})
}
