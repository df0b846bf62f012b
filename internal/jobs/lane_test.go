package jobs

import (
	"context"
	"testing"

	"github.com/google/uuid"
)

func TestATopicWithoutALaneIsLeftToOthers(t *testing.T) {
	t.Parallel()
	seen := make(chan uuid.UUID, 1)
	d := setup(t, into(seen))
	d.nudge("others", 1, uuid.New())
	own := uuid.New()
	d.nudge("topic", 1, own)
	if got := <-seen; got != own {
		t.Errorf("handled %s, want %s", got, own)
	}
	var state string
	d.must(d.pool.QueryRow(t.Context(), "select state from river_job where queue = 'others'").Scan(&state))
	if state != "available" {
		t.Errorf("the other topic's nudge is %s", state)
	}
}

func TestAFullLaneDelaysNoOtherTopic(t *testing.T) {
	t.Parallel()
	let, seen := make(chan struct{}), make(chan uuid.UUID, 1)
	handlers := into(seen)
	handlers["slow"] = func(context.Context, uuid.UUID) error { <-let; return nil }
	d := setup(t, handlers)
	defer close(let)
	for range 20 {
		d.nudge("slow", 1, uuid.New())
	}
	own := uuid.New()
	d.nudge("topic", 1, own)
	if got := <-seen; got != own {
		t.Errorf("handled %s, want %s", got, own)
	}
}
