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

// run is what was read of one object: its first line is the last one.
type run []entry

// runs are a heap: first the one with the last line. None is empty.
type runs []run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i][0].key.Compare(r[j][0].key) > 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// Push implements heap.Interface.
func (r *runs) Push(x any) { *r = append(*r, x.(run)) }

// Pop implements heap.Interface.
func (r *runs) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	(*r)[last] = nil
	*r = (*r)[:last]
	return x
}
