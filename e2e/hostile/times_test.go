package hostile

import (
	"testing"
	"time"
)

func TestEachKindOfWorkIsComparedWithItself(t *testing.T) {
	t.Parallel()
	of := func(page, signIn time.Duration) times {
		took := times{}
		for range 500 {
			took["page"] = append(took["page"], page)
		}
		for range 20 {
			took["sign-in"] = append(took["sign-in"], signIn)
		}
		return took
	}
	quiet := of(time.Millisecond, 100*time.Millisecond)
	for _, c := range []struct {
		took times
		want float64
	}{{quiet, 1}, {of(3*time.Millisecond, 100*time.Millisecond), 3}, {of(time.Millisecond, 200*time.Millisecond), 2}} {
		if got := c.took.against(quiet); got != c.want {
			t.Errorf("%g times slower, want %g", got, c.want)
		}
	}
	if ms, n := quiet.and(quiet).p99(); ms != 100 || n != 1040 {
		t.Errorf("%g ms of %d", ms, n)
	}
}
