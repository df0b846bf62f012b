package accesslog

import "time"

// source is an object that may hold wanted lines, or all those of a day and the days before.
type source struct {
	until   time.Time // no line in it is after that
	day     time.Time // zero: it is an object
	object  named
	segment bool
}

// sources are a heap: first what may hold the last line. Days come before objects, so that theirs are known.
type sources []source

func (s sources) Len() int { return len(s) }
func (s sources) Less(i, j int) bool {
	if !s[i].until.Equal(s[j].until) {
		return s[i].until.After(s[j].until)
	}
	return !s[i].day.IsZero() && s[j].day.IsZero()
}
func (s sources) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push implements heap.Interface.
func (s *sources) Push(x any) { *s = append(*s, x.(source)) }

// Pop implements heap.Interface.
func (s *sources) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}

// entries are a heap, the last line first.
type entries []entry

func (e entries) Len() int           { return len(e) }
func (e entries) Less(i, j int) bool { return e[i].key.Compare(e[j].key) > 0 }
func (e entries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }

// Push implements heap.Interface.
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }

// Pop implements heap.Interface.
func (e *entries) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return x
}
