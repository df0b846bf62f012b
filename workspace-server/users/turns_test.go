package users

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

func TestWhoWaitsTooLongForATurnIsToldSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turn := newTurns(1)
		if err := turn.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := turn.take(t.Context())
		var busy *fault.Error
		if waited := time.Since(began); !errors.As(err, &busy) || busy.Status != 503 || waited != patience {
			t.Fatalf("after %s: %v", waited, err)
		}
		turn.give()
		if err := turn.take(t.Context()); err != nil {
			t.Fatalf("a turn that is free: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := turn.take(gone); !errors.Is(err, context.Canceled) {
			t.Fatalf("a client that has gone: %v", err)
		}
	})
}

func TestTurnsGoToWhoWaitsLongest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turn := newTurns(1)
		if err := turn.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		var served, came []int
		for n := range 20 {
			came = append(came, n)
			go func() {
				if turn.take(t.Context()) == nil {
					served = append(served, n)
					turn.give()
				}
			}()
			synctest.Wait() // until it waits
		}
		turn.give()
		synctest.Wait()
		if !slices.Equal(served, came) {
			t.Fatalf("served %v", served)
		}
	})
}
