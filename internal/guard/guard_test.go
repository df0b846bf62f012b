package guard

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestAPanicBecomesAnErrorThatSaysWhere(t *testing.T) {
	t.Parallel()
	err := Call(func() error { panic("out of luck") })
	if err == nil || !strings.Contains(err.Error(), "panic: out of luck") || !strings.Contains(err.Error(), "guard_test.go") {
		t.Errorf("%v", err)
	}
	luck := errors.New("bad luck")
	if err := Call(func() error { return luck }); !errors.Is(err, luck) {
		t.Errorf("an error came back as %v", err)
	}
}

func TestARoundThatFailsOrPanicsIsToldAndTheNextOneComes(t *testing.T) {
	t.Parallel()
	var told bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	rounds := 0
	Every(ctx, slog.New(slog.NewTextHandler(&told, nil)), time.Millisecond, "count", func(context.Context) error {
		rounds++
		switch rounds {
		case 1:
			panic("out of luck")
		case 2:
			return errors.New("bad luck")
		default:
			stop()
			return errors.New("of no interest any more")
		}
	})
	if log := told.String(); rounds != 3 || strings.Count(log, "round=count") != 2 || !strings.Contains(log, "out of luck") || !strings.Contains(log, "bad luck") {
		t.Errorf("after %d rounds the log says:\n%s", rounds, log)
	}
}

func TestABellHasARoundBeginBeforeItsTime(t *testing.T) {
	t.Parallel()
	bell, rounds := NewBell(), make(chan int)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n := 0
		EveryOr(ctx, slog.New(slog.DiscardHandler), time.Hour, bell, "count", func(context.Context) error {
			n++
			rounds <- n
			return nil
		})
	}()
	for range 3 { // during the first round, of which one more comes
		bell.Ring()
	}
	for want := range 2 {
		if got := <-rounds; got != want+1 {
			t.Errorf("round %d, want %d", got, want+1)
		}
	}
	stop()
	select {
	case n := <-rounds:
		t.Errorf("round %d was rung for by nobody", n)
	case <-ended:
	}
	Bell(nil).Ring() // waits for nobody
}
