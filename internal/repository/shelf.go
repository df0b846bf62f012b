package repository

import "container/list"

// shelfMost is how many bytes of packs are kept at hand. The chunks of a stream are in as many packs at a time as backups it has changed in.
const shelfMost = 128 << 20

// shelf keeps the packs that were read last.
type shelf struct {
	packs map[string]*list.Element
	order list.List // the last read is in front
	size  int
}

type shelved struct {
	id     string
	chunks map[name][]byte
	size   int
}

func newShelf() *shelf { return &shelf{packs: map[string]*list.Element{}} }

func (s *shelf) get(id string) (map[name][]byte, bool) {
	at, ok := s.packs[id]
	if !ok {
		return nil, false
	}
	s.order.MoveToFront(at)
	return at.Value.(shelved).chunks, true //nolint:forcetypeassert // it holds nothing else
}

func (s *shelf) put(id string, chunks map[name][]byte) {
	size := 0
	for _, c := range chunks {
		size += len(c) + 64
	}
	s.packs[id] = s.order.PushFront(shelved{id, chunks, size})
	for s.size += size; s.size > shelfMost && s.order.Len() > 1; {
		last := s.order.Back()
		old := s.order.Remove(last).(shelved) //nolint:forcetypeassert // it holds nothing else
		delete(s.packs, old.id)
		s.size -= old.size
	}
}
