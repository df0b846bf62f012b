package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// ExportAudit writes a chain with whatever was committed before, and what checkpoints say of it, and signs it. A chain that is not as it
// was sealed, or as a checkpoint signed it, also one that only the archive has, is signed by nobody: the export ends with the fault, which
// is returned, too. Where the archive can't be read, the end says that nobody compared it, and the error why.
func (s *Store) ExportAudit(ctx context.Context, chain uuid.UUID, key ed25519.PrivateKey, archive Archive, to io.Writer) error {
	if err := s.SealAll(ctx); err != nil {
		return err
	}
	st, err := s.stand(ctx, &chain)
	if err != nil {
		return err
	}
	x := export{chain: chain, walk: audit.NewWalk(chain), key: key.Public().(ed25519.PublicKey), signed: map[int64]audit.Signed{}}
	q := dbsql.New(s.pool)
	p := pathway{q: q, end: dbsql.ChainEndsRow{Chain: chain}, number: st.last, event: x.event, leaf: x.leaf}
	if len(st.ends) > 0 {
		p.end = st.ends[0]
	}
	if err := x.read(ctx, &p, st); err != nil {
		return err
	}
	if err := x.compare(ctx, s, st, archive); err != nil {
		return err
	}
	if x.Export, err = audit.NewExport(to, chain, x.key); err != nil {
		return err
	}
	if err = p.run(ctx); err == nil {
		err = x.walk.Meets(audit.Head{Chain: chain, Count: p.end.Count, Hash: sum(p.end.Hash)})
	}
	if err == nil && x.doubt != "" {
		err = &audit.Fault{Chain: chain, What: x.doubt}
	}
	if fault := (*audit.Fault)(nil); errors.As(err, &fault) {
		return errors.Join(err, x.Fault(fault.Error()))
	}
	if err != nil {
		return err
	}
	return errors.Join(x.End(s.now(), x.trouble == nil, key), x.trouble)
}

// export is a chain that is written and gone along at once.
type export struct {
	*audit.Export
	chain   uuid.UUID
	walk    *audit.Walk
	key     ed25519.PublicKey
	signed  map[int64]audit.Signed
	doubt   string // why nobody may vouch for it, whatever is in it
	trouble error  // why it was not compared with the archive
}

// read gets the checkpoints that say something of the chain: those that said something new, and the last one.
func (x *export) read(ctx context.Context, p *pathway, st standing) error {
	rows, err := p.q.CheckpointsOf(ctx, dbsql.CheckpointsOfParams{Chain: p.end.Chain, Until: st.last})
	if err != nil {
		return fmt.Errorf("read checkpoints: %w", err)
	}
	last, err := p.q.CheckpointsAfter(ctx, dbsql.CheckpointsAfterParams{After: st.last - 1, Until: st.last, Most: 1})
	if err != nil {
		return fmt.Errorf("read the last checkpoint: %w", err)
	}
	for _, row := range append(rows, last...) {
		x.signed[row.Number] = audit.Signed{Document: row.Document, Signature: row.Signature}
	}
	if len(last) == 0 {
		return nil
	}
	switch c, err := audit.OpenCheckpoint(x.signed[st.last], x.key); {
	case err != nil:
		x.doubt = fmt.Sprintf("checkpoint %d, the last one, is not there as it was signed", st.last)
	case !c.Plain && !st.signs(c):
		x.doubt = fmt.Sprintf("what is written down of checkpoint %d, the last one, is not what it signed", st.last)
	case !c.Plain:
		p.still = st.still(p.end, c.Number)
	}
	return nil
}

// compare looks for what the archive knows of the chain, and the database not any more.
func (x *export) compare(ctx context.Context, s *Store, st standing, archive Archive) error {
	v := verification{store: s, q: dbsql.New(s.pool), key: x.key, chain: &x.chain, now: s.now(), standing: st, line: map[int64]*made{}}
	if err := v.readLine(ctx); err != nil {
		return err
	}
	if err := v.compareArchive(ctx, archive); err != nil {
		return err
	}
	x.trouble = v.Trouble
	if x.doubt == "" {
		x.doubt = v.cut
	}
	return nil
}

func (x *export) event(r audit.Record) error {
	if err := x.walk.Step(r); err != nil {
		return err
	}
	return x.Event(r)
}

func (x *export) leaf(l dbsql.AuditLeaf) error {
	if head := x.walk.Head(); head.Count < l.Count {
		return x.walk.Meets(audit.Head{Chain: l.Chain, Count: l.Count})
	}
	c, err := audit.OpenCheckpoint(x.signed[l.Number], x.key)
	if err != nil {
		return &audit.Fault{Chain: l.Chain, Seq: l.Count, What: fmt.Sprintf("is under checkpoint %d, which is not there as it was signed", l.Number)}
	}
	if err := x.walk.Passes(c, proofOf(l)); err != nil {
		return err
	}
	return x.Checkpoint(l.Number, x.signed[l.Number], proofOf(l))
}
