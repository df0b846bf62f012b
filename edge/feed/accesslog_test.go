package feed_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

func standing(change func(*feed.LogStanding)) []byte {
	s := feed.LogStanding{Identity: feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: id.Show(id.EdgeLease, id.New()), Name: "one"},
		Until: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), Segments: 3, Bytes: 4000, Lost: 1}
	if change != nil {
		change(&s)
	}
	body, _ := json.Marshal(s)
	return body
}

func TestAStandingIsBounded(t *testing.T) {
	t.Parallel()
	for want, body := range map[string][]byte{
		"lost is -1":       standing(func(s *feed.LogStanding) { s.Lost = -1 }),
		"bytes is":         standing(func(s *feed.LogStanding) { s.Bytes = 1 << 60 }),
		"until is missing": standing(func(s *feed.LogStanding) { s.Until = time.Time{} }),
		"edg_":             standing(func(s *feed.LogStanding) { s.Edge = "one" }),
		"how far a log":    []byte("[]"),
	} {
		if _, err := feed.ParseLogStanding(body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if body := standing(func(s *feed.LogStanding) { s.Name = strings.Repeat("e", 63) }); len(body) > feed.MaxLogStanding {
		t.Errorf("%d bytes", len(body))
	}
}

// FuzzLogStanding: what is taken comes back as it was, and counts nothing below 0.
func FuzzLogStanding(f *testing.F) {
	f.Add(standing(nil))
	f.Add([]byte(`{"until":"0000-01-01T00:00:00Z"}`))
	for _, extreme := range []time.Time{time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)), time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))} {
		f.Add(standing(func(s *feed.LogStanding) { s.Until = extreme }))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := feed.ParseLogStanding(body)
		if err != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := feed.ParseLogStanding(again); err != nil || !reflect.DeepEqual(same, s) || s.Segments < 0 || s.Bytes < 0 || s.Lost < 0 {
			t.Errorf("%q became %+v, %v", body, same, err)
		}
	})
}
