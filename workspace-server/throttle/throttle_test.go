package throttle

import (
	"fmt"
	"testing"
	"time"
)

func TestABurstIsLetThroughAndThenTheRate(t *testing.T) {
	t.Parallel()
	l, now := New(10, 4, 100), time.Unix(1000, 0)
	for left := 4; left >= 0; left-- {
		if got := l.Take("ann", now); got.Refused || got.Limit != 5 || got.Left != left || got.Reset != time.Duration(5-left)*100*time.Millisecond {
			t.Fatalf("with %d left: %+v", left, got)
		}
	}
	for range 3 { // who is refused waits no longer for that
		if got := l.Take("ann", now); !got.Refused || got.Left != 0 || got.Retry != 100*time.Millisecond || got.Reset != 500*time.Millisecond {
			t.Fatalf("after the burst: %+v", got)
		}
	}
	if got := l.Take("ben", now); got.Refused {
		t.Errorf("another one: %+v", got)
	}
	now = now.Add(100 * time.Millisecond)
	if l.Take("ann", now).Refused || !l.Take("ann", now).Refused {
		t.Error("a tenth of a second brings something else than one turn")
	}
	if got := l.Take("ann", now.Add(time.Hour)); got.Left != 4 {
		t.Errorf("an hour later: %+v", got)
	}
}

func TestWhoIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	l, now := New(1, 0, 50), time.Unix(1000, 0)
	for i := range 1000 {
		l.Take(fmt.Sprint(i), now)
		if len(l.due) > 50 {
			t.Fatalf("%d are remembered", len(l.due))
		}
	}
	now = now.Add(time.Minute)
	for i := range 50 {
		l.Take(fmt.Sprint("b", i), now)
	}
	if l.Take("b0", now); !l.Take("b0", now).Refused || len(l.due) > 50 {
		t.Errorf("those who have waited are remembered in place of who has not: %d", len(l.due))
	}
}

func TestALookUsesNothingUp(t *testing.T) {
	t.Parallel()
	l, now := New(1, 1, 50), time.Unix(1000, 0)
	for range 5 {
		if got := l.Look("ann", now); got.Refused || got.Left != 1 {
			t.Fatalf("%+v", got)
		}
	}
	l.Take("ann", now)
	l.Take("ann", now)
	if !l.Look("ann", now).Refused || l.Look("ann", now.Add(time.Second)).Refused {
		t.Error("it tells something else than there is")
	}
}
