package accesslog

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// walk goes along an owner's lines, the last first, through whatever objects they are in.
type walk struct {
	store     *Store
	query     Query
	allowance *allowance
	ahead     sources
	ready     runs  // read, and not given out
	given     entry // the last that was
	batch     int   // how many objects were read last
}

// state is what became of the wish for another line.
type state int

const (
	found   state = iota
	nothing       // there is no more
	spent         // the allowance is used up
)

// walk begins with the segments: what is not among them any more was sorted before, and is found below its day.
func (s *Store) walk(ctx context.Context, q Query, a *allowance) (*walk, error) {
	w := &walk{store: s, query: q, allowance: a}
	segments, err := s.list(ctx, segmentFolder)
	if err != nil {
		return nil, err
	}
	for _, n := range segments {
		if q.touches(n) {
			w.ahead = append(w.ahead, source{until: n.until, object: n, segment: true})
		}
	}
	w.ahead = append(w.ahead, w.dayBefore(dayOf(q.first().At).AddDate(0, 0, 1)))
	heap.Init(&w.ahead)
	return w, nil
}

// dayBefore stands for all objects of the day before one, and of those before that.
func (w *walk) dayBefore(day time.Time) source {
	return source{until: day, day: day.AddDate(0, 0, -1)}
}

// next returns the line before the one that it returned last.
func (w *walk) next(ctx context.Context) (entry, state, error) {
	for {
		if len(w.ready) > 0 && (len(w.ahead) == 0 || w.ready[0][0].key.At.After(w.ahead[0].until)) {
			e := w.take()
			if e.key == w.given.key && bytes.Equal(e.text, w.given.text) {
				continue // told twice
			}
			w.given = e
			return e, found, nil
		}
		if len(w.ahead) == 0 {
			return entry{}, nothing, nil
		}
		if w.allowance.spent() && w.reached().Compare(w.query.first()) < 0 {
			return entry{}, spent, nil
		}
		if err := w.load(ctx); err != nil {
			return entry{}, nothing, err
		}
	}
}

// take removes the last of the lines that were read.
func (w *walk) take() entry {
	e := w.ready[0][0]
	if w.ready[0] = w.ready[0][1:]; len(w.ready[0]) > 0 {
		heap.Fix(&w.ready, 0)
	} else {
		heap.Pop(&w.ready)
	}
	return e
}

// reached is before what all lines are that were not given out.
func (w *walk) reached() Key { return Key{At: w.ahead[0].until.Add(1)} }

// load looks into what may hold the next line: at first into one object, as most ask for the newest, and then into more and more at a time.
func (w *walk) load(ctx context.Context) error {
	if !w.ahead[0].day.IsZero() {
		return w.loadDay(ctx, heap.Pop(&w.ahead).(source).day)
	}
	var batch []source
	w.batch = min(max(1, 2*w.batch), atATime)
	for len(w.ahead) > 0 && len(batch) < w.batch && w.ahead[0].day.IsZero() {
		batch = append(batch, heap.Pop(&w.ahead).(source))
	}
	read := make([]run, len(batch))
	raw := make([]int, len(batch))
	reading, within := errgroup.WithContext(ctx)
	for i, s := range batch {
		reading.Go(func() (err error) {
			read[i], raw[i], err = w.read(within, s)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return err
	}
	for i := range batch {
		if w.allowance.take(raw[i], 1, 0); len(read[i]) > 0 {
			heap.Push(&w.ready, read[i])
		}
	}
	return nil
}

func (w *walk) loadDay(ctx context.Context, day time.Time) error {
	if day.Before(dayOf(w.query.From)) {
		return nil
	}
	objects, err := w.store.list(ctx, ofDay(w.query.Owner, day))
	if err != nil {
		return err
	}
	w.allowance.take(0, 0, 1)
	for _, n := range objects {
		if w.query.touches(n) {
			heap.Push(&w.ahead, source{until: n.until, object: n})
		}
	}
	heap.Push(&w.ahead, w.dayBefore(day))
	return nil
}

// read returns what is wanted of an object, and how many bytes of lines were looked through.
func (w *walk) read(ctx context.Context, s source) (list run, raw int, err error) {
	var lines []byte
	if s.segment {
		lines, err = w.store.block(ctx, s.object.name, w.query.Owner)
	} else if lines, err = w.store.get(ctx, s.object.name, 0, 0); err == nil {
		lines, err = unpackPiece(lines, s.object)
	}
	if err != nil {
		return nil, 0, err
	}
	for line := range bytes.Lines(lines) {
		if e, ok := w.query.wants(bytes.TrimSuffix(line, []byte("\n"))); ok {
			list = append(list, e)
		}
	}
	slices.Reverse(list) // which has it nearly in order
	slices.SortFunc(list, func(a, b entry) int { return b.key.Compare(a.key) })
	return list, len(lines), nil
}

// block returns an owner's lines in a segment, if there are any.
func (s *Store) block(ctx context.Context, name, owner string) ([]byte, error) {
	data, err := s.get(ctx, name, 0, headerFetch)
	if err != nil {
		return nil, err
	}
	if end := bytes.IndexByte(data, '\n'); end >= 0 && !bytes.Contains(data[:end], []byte(owner)) {
		return nil, nil // without a look at all the others
	}
	h, data, at, err := s.header(ctx, name, data)
	if err != nil {
		return nil, err
	}
	i, there := slices.BinarySearchFunc(h.Blocks, owner, func(b Block, owner string) int { return strings.Compare(b.Owner, owner) })
	if !there {
		return nil, nil
	}
	for _, b := range h.Blocks[:i] {
		at += b.Size
	}
	b := h.Blocks[i]
	if at+b.Size <= len(data) {
		return b.unpack(data[at : at+b.Size])
	}
	if data, err = s.get(ctx, name, at, b.Size); err != nil {
		return nil, err
	}
	return b.unpack(data)
}

// header reads a kept segment's of what was read of it, or of more, and says where in that the blocks begin.
func (s *Store) header(ctx context.Context, name string, begin []byte) (h Header, data []byte, blocks int, err error) {
	data = begin
	if h, blocks, err = ParseHeader(data); errors.Is(err, errShortHeader) {
		if data, err = s.get(ctx, name, 0, 0); err == nil {
			h, blocks, err = ParseHeader(data)
		}
	}
	if err != nil && !errors.Is(err, errGone) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return h, data, blocks, err
}
