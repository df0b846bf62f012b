package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// idOf is a UUIDv7 of that time.
func idOf(at time.Time) (u uuid.UUID) {
	u = uuid.Must(uuid.NewV7())
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		u[i] = byte(ms)
	}
	return u
}

// TestWhatIsDatedBackIsFound: an event that is sealed after a checkpoint says that it is from before.
func TestWhatIsDatedBackIsFound(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for what, c := range map[string]struct {
		at, id   time.Duration   // of the fourth event, from the beginning
		stops    []time.Duration // when checkpoints are made: after two events, after four, and further ones over the same
		ends     time.Duration
		dated    bool
		anywhere int // behind which event the checkpoints after the first stand; 0: 4
	}{
		"in its time":                          {2 * hour, 2 * hour, []time.Duration{hour, 3 * hour}, 3 * hour, false, 0},
		"a little late":                        {hour - Slack, hour - Slack, []time.Duration{hour, 3 * hour}, 3 * hour, false, 0},
		"dated back":                           {hour - Slack - 1, hour, []time.Duration{hour, 3 * hour}, 3 * hour, true, 0},
		"an id dated back":                     {2 * hour, hour - Slack - time.Millisecond, []time.Duration{hour, 3 * hour}, 3 * hour, true, 0},
		"behind the last checkpoint":           {-hour, hour, []time.Duration{hour}, 2 * hour, true, 0},
		"behind one that said nothing new":     {2 * hour, 2 * hour, []time.Duration{hour, 8 * hour}, 9 * hour, true, 2},
		"the clock put back before a stop":     {-3 * hour, hour, []time.Duration{hour, -3 * hour}, 4 * hour, false, 0},
		"the clock put back behind a stop":     {2 * hour, 2 * hour, []time.Duration{9000 * hour, 2 * hour}, 4 * hour, false, 0},
		"the clock put back after all":         {2 * hour, 2 * hour, []time.Duration{9000 * hour}, 3 * hour, false, 0},
		"dated back while the clock was ahead": {-hour, hour, []time.Duration{hour, 9000 * hour}, 9001 * hour, true, 0},
	} {
		list := records(4)
		list[3].At, list[3].ID = begin.Add(c.at), idOf(begin.Add(c.id))
		list[2].At = begin.Add(max(c.at, 9*hour)) // which is none of the earliest
		tr := newTrail(list)
		after := 2
		for _, at := range c.stops {
			tr.checkpoint(key, after, begin.Add(at))
			if after = c.anywhere; after == 0 {
				after = 4
			}
		}
		w := NewWalk(chain)
		for i, r := range tr.sealed {
			if err := w.Step(r); err != nil {
				t.Fatal(err)
			}
			for _, s := range tr.stops {
				if s.after != i+1 {
					continue
				}
				if err := w.Passes(s.Checkpoint, s.Proof); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
		}
		w.Ends(begin.Add(c.ends))
		odd := w.Odd()
		if found := len(odd) == 1 && odd[0].Seq == 4 && strings.Contains(odd[0].What, "somebody slipped it in"); found != c.dated || len(odd) > 1 {
			t.Errorf("%s: %v", what, odd)
		}
	}
}

func TestAWalkMeetsOnlyWhatWasWrittenDown(t *testing.T) {
	t.Parallel()
	sealed := newTrail(records(4)).sealed
	for want, h := range map[string]Head{
		"":                                   {chain, 4, sealed[3].Hash},
		"event 5: is missing: the chain had": {chain, 5, sealed[3].Hash},
		"event 4: is behind the chain's end": {chain, 3, sealed[2].Hash},
		"event 4: is not the one that was":   {chain, 4, sealed[2].Hash},
	} {
		w := NewWalk(chain)
		for _, r := range sealed {
			if err := w.Step(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Meets(h); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
}

func TestAFewOfManyOddRecordsAreNamed(t *testing.T) {
	t.Parallel()
	list := slices.Repeat(records(1), oddMost+7)
	for i := range list {
		list[i].Details = map[string]string{Unreadable: "1"}
	}
	w := NewWalk(chain)
	for _, r := range newTrail(list).sealed {
		if err := w.Step(r); err != nil {
			t.Fatal(err)
		}
	}
	if odd := w.Odd(); len(odd) != oddMost+1 || odd[0].Seq != 1 || !strings.Contains(odd[oddMost].What, "7 more events") {
		t.Errorf("%d, the last is %v", len(odd), odd[len(odd)-1])
	}
}
