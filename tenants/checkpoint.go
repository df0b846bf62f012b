package tenants

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// clockSkew is by how much the clocks of those who make checkpoints may differ.
const clockSkew = time.Minute

// Checkpoint signs how far every chain goes, unless the last checkpoint is not as old as every, and reports whether it did. It covers
// whatever was committed before it began. Nothing is signed on top of a checkpoint that is not as it was; a chain that does not go on
// from where it was signed last stays signed there, and the error names it.
func (s *Store) Checkpoint(ctx context.Context, key ed25519.PrivateKey, every time.Duration) (made bool, err error) {
	at := s.now()
	if err := s.SealAll(ctx); err != nil {
		return false, err
	}
	var left error
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.WaitForAuditLock(ctx, auditLock); err != nil {
			return fmt.Errorf("wait for the audit lock: %w", err)
		}
		rows, err := q.ChainsToSign(ctx)
		if err != nil {
			return fmt.Errorf("read how far the chains go: %w", err)
		}
		f := &forest{rows: rows}
		if f.last, err = lastSigned(ctx, q, key.Public().(ed25519.PublicKey), f.planted()); err != nil {
			return err
		}
		if age := at.Sub(f.last.At); f.last.Number > 0 && age < every && age > -clockSkew {
			return nil
		}
		if err := f.check(ctx, q); err != nil {
			return err
		}
		left, made = f.grow(), true
		return f.sign(ctx, q, at, key)
	})
	return made && err == nil, errors.Join(err, left)
}

// signedLast is what was signed last.
type signedLast struct {
	audit.Checkpoint
	sum  [sha256.Size]byte
	tree audit.Checkpoint // the last that has a tree: code of the version before signs without
}

// lastSigned reads it, and looks for a tree behind it where there has to be one.
func lastSigned(ctx context.Context, q *dbsql.Queries, key ed25519.PublicKey, planted bool) (last signedLast, err error) {
	row, err := q.LastCheckpoint(ctx)
	for first := true; ; first = false {
		if errors.Is(err, pgx.ErrNoRows) {
			return last, nil
		}
		if err != nil {
			return last, fmt.Errorf("read the last checkpoint: %w", err)
		}
		signed := audit.Signed{Document: row.Document, Signature: row.Signature}
		c, forged := audit.OpenCheckpoint(signed, key)
		if forged != nil {
			return last, fmt.Errorf("nothing is signed on top of checkpoint %d: %w", row.Number, forged)
		}
		if first {
			last.Checkpoint, last.sum = c, signed.Sum()
		}
		if !c.Plain {
			last.tree = c
		}
		if !c.Plain || !planted {
			return last, nil
		}
		row, err = q.CheckpointBefore(ctx, row.Number)
	}
}

// forest is the leaves of all chains, as they were signed last, and as they are signed now.
type forest struct {
	last   signedLast
	plain  map[uuid.UUID]audit.Head // what a last checkpoint without a tree says
	rows   []dbsql.ChainsToSignRow
	leaves [][sha256.Size]byte // of all rows that have one, in their order
	fresh  []grown
}

// grown is a chain that went on.
type grown struct {
	audit.Head
	position int
}

// planted reports whether there was a tree before.
func (f *forest) planted() bool {
	return slices.ContainsFunc(f.rows, func(r dbsql.ChainsToSignRow) bool { return r.Signed > 0 })
}

// check refuses to go on where what was signed last is not what the last checkpoint signed.
func (f *forest) check(ctx context.Context, q *dbsql.Queries) error {
	var signed [][sha256.Size]byte
	for _, r := range f.rows {
		if r.Signed > 0 {
			signed = append(signed, sum(r.Leaf))
		}
	}
	if t := f.last.tree; int64(len(signed)) != t.Chains || t.Number > 0 && audit.NewTree(signed).Root() != t.Root {
		return fmt.Errorf("nothing is signed on top of checkpoint %d: what it signed is not what is written down of it; `longhouse audit verify` says more", t.Number)
	}
	if f.last.Plain {
		return f.minePlain(ctx, q)
	}
	return nil
}

// minePlain takes, for chains without a leaf, what the last checkpoint said that had no tree.
func (f *forest) minePlain(ctx context.Context, q *dbsql.Queries) error {
	f.plain = map[uuid.UUID]audit.Head{}
	var at dbsql.SealsAtParams
	for _, h := range f.last.Heads {
		f.plain[h.Chain] = h
		at.Chains, at.Seqs = append(at.Chains, h.Chain), append(at.Seqs, h.Count)
	}
	seals, err := q.SealsAt(ctx, at)
	if err != nil {
		return fmt.Errorf("read the seals that were signed: %w", err)
	}
	there := map[uuid.UUID][]byte{}
	for _, seal := range seals {
		there[seal.Chain] = seal.Hash
	}
	for i, r := range f.rows {
		if h := f.plain[r.Chain]; r.Signed == 0 && h.Count > 0 {
			f.rows[i].SignedHash, f.rows[i].SealedThere = h.Hash[:], there[r.Chain]
		}
	}
	return nil
}

// grow gives every chain that went on a new leaf, and returns an error for those that changed otherwise: they stay as they were signed.
func (f *forest) grow() (left error) {
	for _, r := range f.rows {
		head := audit.Head{Chain: r.Chain, Count: r.Count, Hash: sum(r.Hash)}
		goesOn := r.Count >= r.Signed && bytes.Equal(r.SealedThere, r.SignedHash) && bytes.Equal(r.SealedHere, r.Hash)
		if !goesOn {
			signed := max(r.Signed, f.plain[r.Chain].Count)
			left = errors.Join(left, fmt.Errorf("chain %s does not go on from where it was signed last, at %d events, and stays signed there; `longhouse audit verify` says more", r.Chain, signed))
			head = f.plain[r.Chain]
		}
		switch {
		case r.Signed > 0 && (!goesOn || r.Count == r.Signed):
			f.leaves = append(f.leaves, sum(r.Leaf))
		case head.Count > 0:
			f.fresh = append(f.fresh, grown{head, len(f.leaves)})
			f.leaves = append(f.leaves, audit.Leaf{Head: head, Before: sum(r.Leaf)}.Sum())
		}
	}
	return left
}

// sign writes the next checkpoint down.
func (f *forest) sign(ctx context.Context, q *dbsql.Queries, at time.Time, key ed25519.PrivateKey) error {
	tree := audit.NewTree(f.leaves)
	c := audit.Checkpoint{Number: f.last.Number + 1, At: at, Since: f.last.tree.At, Previous: f.last.sum, Chains: int64(len(f.leaves)), Root: tree.Root()}
	signed, err := c.Sign(key)
	if err != nil {
		return err
	}
	err = q.AddCheckpoint(ctx, dbsql.AddCheckpointParams{Number: c.Number, At: c.At, Document: signed.Document, Signature: signed.Signature})
	if err != nil {
		return fmt.Errorf("keep checkpoint %d: %w", c.Number, err)
	}
	add, set := dbsql.AddLeavesParams{Number: c.Number}, dbsql.SetSignedParams{}
	for _, g := range f.fresh {
		add.Chains, add.Counts, add.Hashes = append(add.Chains, g.Chain), append(add.Counts, g.Count), append(add.Hashes, g.Hash[:])
		add.Positions, add.Paths = append(add.Positions, int64(g.position)), append(add.Paths, packPath(tree.Proof(g.position).Path))
		set.Leaves = append(set.Leaves, f.leaves[g.position][:])
	}
	set.Chains, set.Counts = add.Chains, add.Counts
	if err := q.AddLeaves(ctx, add); err != nil {
		return fmt.Errorf("keep what checkpoint %d says: %w", c.Number, err)
	}
	if err := q.SetSigned(ctx, set); err != nil {
		return fmt.Errorf("note how far checkpoint %d goes: %w", c.Number, err)
	}
	return nil
}

// sum is a hash as the database keeps it; zero for none.
func sum(raw []byte) (hash [sha256.Size]byte) {
	copy(hash[:], raw)
	return hash
}

func packPath(path [][sha256.Size]byte) []byte {
	packed := make([]byte, 0, len(path)*sha256.Size)
	for _, hash := range path {
		packed = append(packed, hash[:]...)
	}
	return packed
}

// proofOf is the proof that is kept with a leaf.
func proofOf(l dbsql.AuditLeaf) audit.Proof {
	p := audit.Proof{Index: l.Position}
	for packed := l.Path; len(packed) > 0; packed = packed[min(len(packed), sha256.Size):] {
		p.Path = append(p.Path, sum(packed[:min(len(packed), sha256.Size)]))
	}
	return p
}
