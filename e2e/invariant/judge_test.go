package invariant

import "fmt"

// judge says whether an answer is right by what was true when it was asked for, or since. Who may not come in learns nothing of what is there, also
// where all is in pieces; who may is served, unless something that he asks was killed or cut off meanwhile.
func (w *world) judge(q *question, answer, whole string) {
	verdict := q.verdict(answer)
	if verdict == excused {
		w.count("excused: "+answer, 1)
		return
	}
	w.judged.Add(1)
	q.h.judged.Add(1)
	w.count(answer, 1)
	if answer == "address_denied" {
		q.h.denied.Add(1)
	}
	if verdict == wrong && w.wrong.Add(1) <= 5 {
		w.t.Errorf("%s%s by %s from %s: %s, %s; %s", q.host, q.way, q.e.name, address(q.client), answer, whole, q.true())
	}
}

type verdict int

const (
	wrong verdict = iota
	right
	excused
)

func when(yes bool, then verdict) verdict {
	if yes {
		return then
	}
	return wrong
}

func (q *question) verdict(answer string) verdict {
	trouble, away := q.e.sick(q.witness)
	hurt := q.trouble%2 == 1 || q.h.trouble.Load() != q.trouble
	stands := func(s standing) bool { return q.h.stands.may(q.stands, func(is standing) bool { return is == s }) }
	denied := q.h.filter.may(q.filter, func(l lets) bool { return !l[q.client] })
	switch answer {
	case "": // who comes to be denied is cut off in the middle, and so are those who ask for what is gone
		return when(trouble || q.mayBeLet() && denied || stands(gone), excused)
	case "starting":
		return when(trouble || away, excused)
	case "fenced":
		return when(q.e.fenced.may(q.fenced, func(f bool) bool { return f }), right)
	}
	if !q.e.fenced.may(q.fenced, func(f bool) bool { return !f }) {
		return wrong
	}
	named := !q.byDomain || q.h.served.may(q.served, func(is bool) bool { return is })
	switch answer {
	case "unknown_host":
		return when(stands(gone) || q.byDomain && q.h.served.may(q.served, func(is bool) bool { return !is }), right)
	case "address_denied":
		return when(named && denied, right)
	case "stopped":
		return when(named && q.mayBeLet() && stands(halted), right)
	case "served":
		return when(named && q.mayBeLet() && stands(serving), right)
	case "unreachable", "waking", "broken":
		return when(named && q.mayBeLet() && stands(serving) && (hurt || away || trouble), excused)
	}
	return wrong
}

// true is what would have been right.
func (q *question) true() string {
	n := q.e.number
	q.h.filter.mu.Lock()
	defer q.h.filter.mu.Unlock()
	q.h.stands.mu.Lock()
	defer q.h.stands.mu.Unlock()
	q.h.served.mu.Lock()
	defer q.h.served.mu.Unlock()
	trouble, away := q.e.sick(q.witness)
	return fmt.Sprintf("edge %d in trouble %t, away %t; it may be let in by one of %v, the workspace may be %v, its domain served %v", n, trouble, away,
		q.h.filter.chapters[q.filter:], q.h.stands.chapters[q.stands:], q.h.served.chapters[q.served:])
}
