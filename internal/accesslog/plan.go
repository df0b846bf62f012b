package accesslog

import (
	"context"
	"errors"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
)

// chunk is a run of blocks in a segment.
type chunk struct {
	name   string
	from   int // byte at which the first begins
	blocks []Block
}

// plan divides the work into parts of a bounded size. An owner is in one part, unless he has more than that.
func (s *Store) plan(ctx context.Context, list []named, there func(context.Context, []string) (map[string]bool, error)) (parts [][]chunk, err error) {
	headers, begin, err := s.headers(ctx, list)
	if err != nil {
		return nil, err
	}
	raw := map[string]int{}
	for _, h := range headers {
		for _, b := range h.Blocks {
			raw[b.Owner] += b.Raw
		}
	}
	known, err := there(ctx, slices.Sorted(maps.Keys(raw)))
	if err != nil {
		return nil, err
	}
	among, size := map[string]bool{}, 0
	for _, owner := range slices.Sorted(maps.Keys(raw)) {
		if !known[owner] {
			continue
		}
		if size > 0 && size+raw[owner] > s.partRaw {
			parts = append(parts, s.cut(list, headers, begin, among)...)
			among, size = map[string]bool{}, 0
		}
		among[owner], size = true, size+raw[owner]
	}
	return append(parts, s.cut(list, headers, begin, among)...), nil
}

// cut returns the parts of some owners: one, or several of one who has more than goes into one.
func (s *Store) cut(list []named, headers []Header, begin []int, among map[string]bool) (parts [][]chunk) {
	var part []chunk
	size := 0
	for i, h := range headers {
		at, on := begin[i], false
		for _, b := range h.Blocks {
			if among[b.Owner] && !on {
				part = append(part, chunk{name: list[i].name, from: at})
			}
			if on = among[b.Owner]; on {
				run := &part[len(part)-1]
				run.blocks = append(run.blocks, b)
				size += b.Raw
			}
			at += b.Size
		}
		if size >= s.partRaw {
			parts, part, size = append(parts, part), nil, 0
		}
	}
	if part != nil {
		parts = append(parts, part)
	}
	return parts
}

func (s *Store) headers(ctx context.Context, list []named) (headers []Header, begin []int, err error) {
	headers, begin = make([]Header, len(list)), make([]int, len(list))
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(atATime)
	for i, n := range list {
		reading.Go(func() (err error) {
			data, err := s.get(ctx, n.name, 0, headerFetch)
			if err == nil {
				headers[i], _, begin[i], err = s.header(ctx, n.name, data)
			}
			if errors.Is(err, errGone) { // another worker has sorted it
				err = nil
			}
			return err
		})
	}
	return headers, begin, reading.Wait()
}
