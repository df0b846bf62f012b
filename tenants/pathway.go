package tenants

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// standing is how far trails were at one moment. Nothing of what was there then changes any more, so that it can be read at leisure.
type standing struct {
	last     int64 // the number of the last checkpoint
	ends     []dbsql.ChainEndsRow
	unsealed []dbsql.UnsealedByChainRow
	leaves   map[uuid.UUID]int // where chains have theirs in the tree
	tree     audit.Tree        // of what is written down that the last checkpoint signed
}

// stand reads how far all trails are, or that of one chain.
func (s *Store) stand(ctx context.Context, chain *uuid.UUID) (st standing, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if st.last, err = q.LastCheckpointNumber(ctx); err != nil {
			return err
		}
		if st.ends, err = q.ChainEnds(ctx, chain); err != nil {
			return err
		}
		ask := dbsql.UnsealedByChainParams{Everything: chain == nil}
		if chain != nil && *chain != audit.Operator {
			ask.TenantID = chain
		}
		if st.unsealed, err = q.UnsealedByChain(ctx, ask); err != nil {
			return err
		}
		rows, err := q.SignedLeaves(ctx)
		st.leaves = make(map[uuid.UUID]int, len(rows))
		sums := make([][sha256.Size]byte, len(rows))
		for i, r := range rows {
			st.leaves[r.Chain], sums[i] = i, sum(r.Leaf)
		}
		st.tree = audit.NewTree(sums)
		return err
	})
	if err != nil {
		return st, fmt.Errorf("read how far the audit trail is: %w", err)
	}
	return st, nil
}

// signs reports whether a checkpoint signed the tree that is written down.
func (st standing) signs(c audit.Checkpoint) bool {
	return c.Chains == int64(len(st.leaves)) && c.Root == st.tree.Root()
}

// still is what the last checkpoint, which signed the tree, says of a chain that may not have changed; nil: nothing.
func (st standing) still(end dbsql.ChainEndsRow, number int64) *dbsql.AuditLeaf {
	position, there := st.leaves[end.Chain]
	if !there {
		return nil
	}
	return &dbsql.AuditLeaf{Chain: end.Chain, Count: end.Signed, Number: number, Position: int64(position), Path: packPath(st.tree.Proof(position).Path)}
}

// pathway is a chain to be gone along: its events, and behind each the leaves that checkpoints have for the chain so far.
type pathway struct {
	q      *dbsql.Queries
	end    dbsql.ChainEndsRow
	number int64            // of the last checkpoint
	still  *dbsql.AuditLeaf // what the last one says again; nil: nobody knows
	event  func(audit.Record) error
	leaf   func(dbsql.AuditLeaf) error

	leaves []dbsql.AuditLeaf
	read   dbsql.AuditLeaf // the last of them that was read
	all    bool            // they were
}

const (
	walkMost = 2000
	leafMost = 500
)

// run goes along, until event or leaf refuses something.
func (p *pathway) run(ctx context.Context) error {
	for after := int64(0); after < p.end.Count; {
		rows, err := p.q.SealedAfter(ctx, dbsql.SealedAfterParams{Chain: p.end.Chain, After: after, Most: int32(min(walkMost, p.end.Count-after))})
		if err != nil {
			return fmt.Errorf("read chain %s: %w", p.end.Chain, err)
		}
		for _, row := range rows {
			if err := p.event(sealedRecord(row)); err != nil {
				return err
			}
			after = row.Seq
			if err := p.pass(ctx, after); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	return p.pass(ctx, 1<<62)
}

// pass hands the leaves over that are for so many events.
func (p *pathway) pass(ctx context.Context, count int64) error {
	for {
		if len(p.leaves) == 0 && !p.all {
			if err := p.readLeaves(ctx); err != nil {
				return err
			}
		}
		if len(p.leaves) == 0 || p.leaves[0].Count > count {
			return nil
		}
		next := p.leaves[0]
		p.leaves = p.leaves[1:]
		if err := p.leaf(next); err != nil {
			return err
		}
	}
}

func (p *pathway) readLeaves(ctx context.Context) (err error) {
	p.leaves, err = p.q.LeavesAfter(ctx, dbsql.LeavesAfterParams{Chain: p.end.Chain, After: p.read.Count, Until: p.number, Most: leafMost})
	if err != nil {
		return fmt.Errorf("read what checkpoints say of chain %s: %w", p.end.Chain, err)
	}
	if n := len(p.leaves); n > 0 {
		p.read = p.leaves[n-1]
	}
	p.all = len(p.leaves) < leafMost
	if p.all && p.still != nil && p.read.Number != p.still.Number {
		p.leaves = append(p.leaves, *p.still)
	}
	return nil
}
