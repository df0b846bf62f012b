package tenants

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// lineMost is how many checkpoints are in memory at once: those of the first format told all heads.
const lineMost = 100

// readLine opens the checkpoints in their order.
func (v *verification) readLine(ctx context.Context) error {
	line, said := audit.NewLine(v.key), map[uuid.UUID]int64{}
	for after := int64(0); ; {
		rows, err := v.q.CheckpointsAfter(ctx, dbsql.CheckpointsAfterParams{After: after, Until: v.last, Most: lineMost})
		if err != nil {
			return fmt.Errorf("read checkpoints: %w", err)
		}
		for _, row := range rows {
			signed := audit.Signed{Document: row.Document, Signature: row.Signature}
			c, err := line.Next(signed)
			if err != nil {
				v.fault("%s", err)
			}
			if err := v.checkPlain(ctx, c, said); err != nil {
				return err
			}
			v.keep(row, c, signed)
			after = row.Number
		}
		if len(rows) < lineMost {
			return nil
		}
	}
}

// keep remembers a checkpoint. One that can't be opened is broken, and so is one whose row says something else.
func (v *verification) keep(row dbsql.AuditCheckpoint, c audit.Checkpoint, signed audit.Signed) {
	m := &made{Checkpoint: c, sum: signed.Sum(), archived: row.ArchivedAt != nil, broken: c.Number != row.Number}
	if c.Number != 0 && (m.broken || !row.At.Equal(c.At)) {
		v.fault("the row of checkpoint %d says that it is number %d, of %s, and not what was signed", c.Number, row.Number, row.At.UTC())
	}
	m.Heads = nil
	v.line[row.Number] = m
	v.Checkpoints++
	if c.Number != 0 {
		v.LastAt = &m.At
	}
	if !c.Plain {
		v.newest = m
	}
}

// checkPlain compares the heads that a checkpoint of the first format says with the seals, where it says something new.
func (v *verification) checkPlain(ctx context.Context, c audit.Checkpoint, said map[uuid.UUID]int64) error {
	var ask dbsql.SealsAtParams
	var heads []audit.Head
	for _, h := range c.Heads {
		if (v.chain != nil && *v.chain != h.Chain) || said[h.Chain] == h.Count {
			continue
		}
		said[h.Chain], heads = h.Count, append(heads, h)
		ask.Chains, ask.Seqs = append(ask.Chains, h.Chain), append(ask.Seqs, h.Count)
	}
	if len(heads) == 0 {
		return nil
	}
	seals, err := v.q.SealsAt(ctx, ask)
	if err != nil {
		return fmt.Errorf("read seals: %w", err)
	}
	there := map[uuid.UUID][]byte{}
	for _, seal := range seals {
		there[seal.Chain] = seal.Hash
	}
	for _, h := range heads {
		switch hash := there[h.Chain]; {
		case hash == nil:
			v.fault("chain %s: the chain had %d events when checkpoint %d was made, and has less", h.Chain, h.Count, c.Number)
		case !bytes.Equal(hash, h.Hash[:]):
			v.fault("chain %s, event %d: is not the one that checkpoint %d was signed over: the chain was rewritten", h.Chain, h.Count, c.Number)
		}
	}
	return nil
}
