package tenants

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// verification is a look at trails, and what it found.
type verification struct {
	AuditReport
	store *Store
	q     *dbsql.Queries
	key   ed25519.PublicKey
	chain *uuid.UUID // nil: all
	now   time.Time
	standing
	line   map[int64]*made
	cut    string // what of the chain the archive misses; empty: nothing
	newest *made  // the last checkpoint with a tree; nil: there is none, or what is kept of it is not what it signed
	// first is when the first event of any chain says that it was.
	first *time.Time
}

// made is a checkpoint of the database.
type made struct {
	audit.Checkpoint
	sum      [sha256.Size]byte
	archived bool
	broken   bool // it is not as it was signed
}

// VerifyAudit goes along every chain, or the one of a tenant, and compares it with the checkpoints, and these with those that an archive
// has. Whatever can't be read of the archive is left unjudged.
func (s *Store) VerifyAudit(ctx context.Context, tenant *uuid.UUID, key ed25519.PublicKey, archive Archive) (AuditReport, error) {
	v := verification{store: s, q: dbsql.New(s.pool), key: key, chain: tenant, now: s.now(), line: map[int64]*made{}}
	var err error
	if v.standing, err = s.stand(ctx, tenant); err != nil {
		return v.AuditReport, err
	}
	if err := v.readLine(ctx); err != nil {
		return v.AuditReport, err
	}
	v.checkTree()
	if err := v.compareArchive(ctx, archive); err != nil {
		return v.AuditReport, err
	}
	for _, end := range v.ends {
		if err := v.follow(ctx, end); err != nil {
			return v.AuditReport, err
		}
	}
	v.Chains = len(v.ends)
	for _, u := range v.unsealed {
		if u.Unchained > 0 {
			v.fault("chain %s: %d events are in no place of it: somebody slipped them in, or took their seals away", u.Chain, u.Unchained)
		}
		if u.Waiting > 0 {
			v.Waiting, v.WaitingFor = v.Waiting+u.Waiting, max(v.WaitingFor, v.now.Sub(u.Oldest))
		}
	}
	v.judgeAges(v.now, v.first)
	return v.AuditReport, nil
}

// checkTree compares the tree that is written down with what the last checkpoint signed.
func (v *verification) checkTree() {
	switch {
	case v.newest == nil && len(v.leaves) > 0:
		v.fault("no checkpoint is left that signed what is written down of the last one")
	case v.newest == nil || v.newest.broken:
	case !v.signs(v.newest.Checkpoint):
		v.fault("checkpoint %d signed how far %d chains go, and what is written down of it, for %d chains, is something else", v.newest.Number, v.newest.Chains, len(v.leaves))
	default:
		return
	}
	v.newest = nil
}

// follow goes along one chain.
func (v *verification) follow(ctx context.Context, end dbsql.ChainEndsRow) error {
	w := audit.NewWalk(end.Chain)
	p := pathway{q: v.q, end: end, number: v.last, leaf: func(l dbsql.AuditLeaf) error { return v.pass(w, l) }}
	if v.newest != nil {
		p.still = v.still(end, v.newest.Number)
	}
	p.event = func(r audit.Record) error {
		if r.Seq == 1 && (v.first == nil || r.At.Before(*v.first)) {
			v.first = &r.At
		}
		return w.Step(r)
	}
	err := p.run(ctx)
	v.Events += w.Head().Count
	if err == nil {
		err = w.Meets(audit.Head{Chain: end.Chain, Count: end.Count, Hash: sum(end.Hash)})
	}
	if err == nil && v.newest != nil && (w.Signed() != end.Signed || w.Leaf() != sum(end.Leaf)) {
		err = &audit.Fault{Chain: end.Chain, Seq: w.Signed(), What: "is the last that is under a checkpoint, and that is not what is written down of the chain"}
	}
	if err == nil && end.Sealed > end.Count {
		err = &audit.Fault{Chain: end.Chain, Seq: end.Count + 1, What: "is behind the chain's end: somebody added it"}
	}
	if err == nil {
		w.Ends(v.now)
	}
	for _, odd := range w.Odd() {
		v.fault("%s", odd.Error())
	}
	if fault := (*audit.Fault)(nil); errors.As(err, &fault) {
		v.fault("%s", fault.Error())
		return nil
	}
	return err
}

// pass has the walk take what a checkpoint says of its chain.
func (v *verification) pass(w *audit.Walk, l dbsql.AuditLeaf) error {
	head := w.Head()
	c := v.line[l.Number]
	switch {
	case head.Count < l.Count:
		return w.Meets(audit.Head{Chain: l.Chain, Count: l.Count})
	case l.Hash != nil && sum(l.Hash) != head.Hash, l.Hash == nil && w.Signed() != l.Count:
		return &audit.Fault{Chain: l.Chain, Seq: l.Count, What: fmt.Sprintf("is not the one of which it is written down that checkpoint %d was signed over it", l.Number)}
	case c == nil || c.broken:
		w.Believes(l.Number)
		return nil
	}
	return w.Passes(c.Checkpoint, proofOf(l))
}
