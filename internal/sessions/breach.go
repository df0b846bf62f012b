package sessions

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// breach is a session that is to be ended, with the reason in words.
type breach struct {
	session *session
	why     string
}

// breaches says which sessions are to be ended so that each role keeps within its bounds. Of what a role's sessions have together the
// one that has the most goes first.
func breaches(all []*session, b Bounds, now time.Time) (found []breach) {
	byRole := map[string][]*session{}
	for _, s := range all {
		if b.Age > 0 && s.age(now) > b.Age {
			found = append(found, breach{s, fmt.Sprintf("a statement or transaction took longer than %s", b.Age)})
			continue
		}
		byRole[s.Role] = append(byRole[s.Role], s)
	}
	for _, of := range byRole {
		memory := func(s *session) int64 { return s.memory }
		locks := func(s *session) int64 { return int64(s.Locks) }
		found = append(found, largest(of, memory, b.MemoryBytes, fmt.Sprintf("the role's sessions held more than %d MiB", b.MemoryBytes>>20))...)
		found = append(found, largest(of, locks, int64(b.Locks), fmt.Sprintf("the role's sessions held more than %d locks", b.Locks))...)
	}
	return found
}

// largest picks sessions until what the others have is within the limit.
func largest(of []*session, has func(*session) int64, limit int64, why string) (found []breach) {
	var sum int64
	for _, s := range of {
		sum += has(s)
	}
	if limit == 0 || sum <= limit {
		return nil
	}
	of = slices.SortedFunc(slices.Values(of), func(a, b *session) int { return cmp.Compare(has(b), has(a)) })
	for _, s := range of {
		if sum <= limit {
			break
		}
		sum -= has(s)
		found = append(found, breach{s, why})
	}
	return found
}
