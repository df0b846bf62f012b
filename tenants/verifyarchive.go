package tenants

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// shelf is what an archive has, compared with the checkpoints of the database.
type shelf struct {
	known     map[int64]bool // of the database's, those that are in the archive as they are
	strangers []stranger
	restores  map[[sha256.Size]byte]*AuditRestore
}

// stranger is a checkpoint of the archive that is none of the database's.
type stranger struct {
	audit.Checkpoint
	name string
	sum  [sha256.Size]byte
}

// compareArchive holds what is in the archive, where nothing is overwritten, against the checkpoints of the database. What the database
// does not have, and no restore lost, may have been cut off.
func (v *verification) compareArchive(ctx context.Context, archive Archive) error {
	sh := shelf{known: map[int64]bool{}, restores: map[[sha256.Size]byte]*AuditRestore{}}
	failed := archive.Kept(ctx, func(name string, signed audit.Signed) error { return v.compare(&sh, name, signed) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if failed != nil {
		v.leave("the archive can't be read, or not all of it: whether checkpoints were cut off, and what is under them, is not known", failed)
	}
	if err := v.readRestores(ctx, &sh); err != nil {
		return err
	}
	for _, c := range sh.strangers {
		if err := v.judge(ctx, archive, &sh, c); err != nil {
			return err
		}
	}
	for _, r := range sh.restores {
		v.Restores = append(v.Restores, *r)
	}
	slices.SortFunc(v.Restores, func(a, b AuditRestore) int { return a.At.Compare(b.At) })
	if failed != nil {
		return nil
	}
	for number := range v.last {
		if m := v.line[number+1]; m != nil && m.archived && !sh.known[number+1] {
			v.fault("checkpoint %d was archived, and is not in the archive as it was", number+1)
		}
	}
	return nil
}

// compare takes the next object of the archive.
func (v *verification) compare(sh *shelf, name string, signed audit.Signed) error {
	if signed.Kind() == audit.OfRestore {
		if note, err := audit.OpenRestore(signed, v.key); err != nil {
			v.fault("%s in the archive: %s", name, err)
		} else {
			sh.restores[signed.Sum()] = &AuditRestore{Restore: note}
		}
		return nil
	}
	c, err := audit.OpenCheckpoint(signed, v.key)
	if err != nil {
		v.fault("%s in the archive: %s", name, err)
		return nil
	}
	v.Archived++
	if m := v.line[c.Number]; m != nil && m.sum == signed.Sum() {
		sh.known[c.Number] = true
		return nil
	}
	c.Heads = nil // they are read again where they matter
	sh.strangers = append(sh.strangers, stranger{c, name, signed.Sum()})
	return nil
}

// readRestores takes the notes that are not archived yet.
func (v *verification) readRestores(ctx context.Context, sh *shelf) error {
	rows, err := v.q.ListRestoreNotes(ctx)
	if err != nil {
		return fmt.Errorf("read when the control plane was restored: %w", err)
	}
	for _, row := range rows {
		signed := audit.Signed{Document: row.Document, Signature: row.Signature}
		note, err := audit.OpenRestore(signed, v.key)
		if err != nil {
			v.fault("the note of a restore: %s", err)
		} else if sh.restores[signed.Sum()] == nil {
			sh.restores[signed.Sum()] = &AuditRestore{Restore: note}
		}
	}
	return nil
}

// judge says what it means that the archive has a checkpoint which the database does not.
func (v *verification) judge(ctx context.Context, archive Archive, sh *shelf, c stranger) error {
	for _, r := range sh.restores {
		if r.Restore.Lost(c.Checkpoint) {
			r.Lost = append(r.Lost, c.Number)
			return nil
		}
	}
	if c.Number > v.last { // it may have been made since we looked
		rows, err := v.q.CheckpointsAfter(ctx, dbsql.CheckpointsAfterParams{After: c.Number - 1, Until: c.Number, Most: 1})
		if err != nil {
			return fmt.Errorf("read checkpoint %d: %w", c.Number, err)
		}
		if len(rows) == 1 && (audit.Signed{Document: rows[0].Document}).Sum() == c.sum {
			return nil
		}
	}
	if v.line[c.Number] != nil {
		v.fault("checkpoint %d is not the one that is in the archive, of %s", c.Number, c.At.UTC())
	} else {
		v.fault("checkpoint %d, of %s, is in the archive, and not in the database: what it speaks of may have been cut off", c.Number, c.At.UTC())
	}
	return v.blame(ctx, archive, c)
}

// blame says which chains are not what a checkpoint of the archive says of them.
func (v *verification) blame(ctx context.Context, archive Archive, c stranger) error {
	heads, err := archive.Heads(ctx, c.name)
	if err != nil {
		v.leave(fmt.Sprintf("what checkpoint %d says in the archive can't be read", c.Number), err)
		return nil
	}
	said := map[uuid.UUID]audit.Head{}
	var ask dbsql.SealsAtParams
	for _, h := range heads {
		if v.chain == nil || *v.chain == h.Chain {
			said[h.Chain] = h.Head()
			ask.Chains, ask.Seqs = append(ask.Chains, h.Chain), append(ask.Seqs, h.Count)
		}
	}
	seals, err := v.q.SealsAt(ctx, ask)
	if err != nil {
		return fmt.Errorf("read seals: %w", err)
	}
	for _, seal := range seals {
		if h := said[seal.Chain]; bytes.Equal(seal.Hash, h.Hash[:]) {
			delete(said, seal.Chain)
		}
	}
	for _, h := range said {
		v.cut = fmt.Sprintf("it had %d events at checkpoint %d, which is in the archive, and those are not there any more, or not as they were", h.Count, c.Number)
		v.fault("chain %s: %s", h.Chain, v.cut)
	}
	return nil
}
