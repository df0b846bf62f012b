package invariant

import (
	"slices"
	"sync"
)

// edges are the machine's own one, and those beside it.
const edges = 3

// story is all that has become of something, and how much of it each edge has confirmed. What an edge does has to be right by the newest chapter
// that it had confirmed when it was asked, or by a later one.
type story[T any] struct {
	mu        sync.Mutex
	chapters  []T
	confirmed [edges]int
}

func newStory[T any](first T) *story[T] { return &story[T]{chapters: []T{first}} }

// begin says what may be true from now on, and returns its place.
func (s *story[T]) begin(next T) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chapters = append(s.chapters, next)
	return len(s.chapters) - 1
}

// last is the newest chapter and its place.
func (s *story[T]) last() (place int, chapter T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place = len(s.chapters) - 1
	return place, s.chapters[place]
}

func (s *story[T]) confirm(told [edges]bool, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for edge, has := range told {
		if has {
			s.confirmed[edge] = max(s.confirmed[edge], place)
		}
	}
}

// at is the newest chapter that an edge has confirmed.
func (s *story[T]) at(edge int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed[edge]
}

// may reports whether something holds in a chapter from a place on.
func (s *story[T]) may(from int, holds func(T) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.chapters[from:], holds)
}
