package accesslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// sortRaw is with how many bytes of lines segments are sorted, however old they are.
	sortRaw = 1 << 30
	// partRaw is how many bytes of lines are sorted at a time.
	partRaw = 64 << 20
	// pieceRaw is how many bytes of lines one object holds at most, but for one line: that is read for a page of the newest.
	pieceRaw = 2 << 20
)

// Sort sorts all segments by owner and day once the oldest was told before a time, or there are many, and then removes them. Lines of owners who
// are not there go. Killed, it is begun anew: what was written twice is read once. It returns how many segments it has sorted.
func (s *Store) Sort(ctx context.Context, before time.Time, there func(context.Context, []string) (map[string]bool, error)) (segments int, err error) {
	list, err := s.list(ctx, segmentFolder)
	if err != nil || !s.due(list, before) {
		return 0, err
	}
	parts, err := s.plan(ctx, list, there)
	if err != nil {
		return 0, err
	}
	for _, p := range parts {
		if err := s.sortPart(ctx, p); err != nil {
			return 0, err
		}
	}
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.name
	}
	return len(names), s.remove(ctx, names)
}

func (s *Store) due(list []named, before time.Time) bool {
	raw, old := 0, false
	for _, n := range list {
		raw += n.raw
		old = old || n.toldAt.Before(before)
	}
	return old || raw >= s.sortRaw
}

// sortPart writes the lines of a part below their owners and days.
func (s *Store) sortPart(ctx context.Context, part []chunk) error {
	type place struct {
		owner string
		day   time.Time
	}
	sorted := map[place][]entry{}
	for _, c := range part {
		blocks, err := s.blocks(ctx, c)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return err
		}
		for owner, lines := range blocks {
			for line := range bytes.Lines(lines) {
				if at, ok := timeOf(line); ok {
					p := place{owner, dayOf(at)}
					sorted[p] = append(sorted[p], entry{keyOf(at, bytes.TrimSuffix(line, []byte("\n"))), line})
				}
			}
		}
	}
	writing, ctx := errgroup.WithContext(ctx)
	writing.SetLimit(atATime)
	for p, list := range sorted {
		writing.Go(func() error { return s.writePieces(ctx, ofDay(p.owner, p.day), list) })
	}
	return writing.Wait()
}

// blocks reads a chunk: lines by owner.
func (s *Store) blocks(ctx context.Context, c chunk) (map[string][]byte, error) {
	size := 0
	for _, b := range c.blocks {
		size += b.Size
	}
	data, err := s.get(ctx, c.name, c.from, size)
	if err != nil {
		return nil, err
	}
	lines := map[string][]byte{}
	for _, b := range c.blocks {
		if len(data) < b.Size {
			return nil, fmt.Errorf("%s ends within the block of %s", c.name, b.Owner)
		}
		if lines[b.Owner], err = b.unpack(data[:b.Size]); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		data = data[b.Size:]
	}
	return lines, nil
}
