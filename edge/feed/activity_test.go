package feed_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// FuzzActivity: what is taken comes back as it was, and holds nothing that no edge says.
func FuzzActivity(f *testing.F) {
	for _, body := range []string{`{"workspaces":[{"workspace_id":"ws_1","rules":[{"id":"ipr_1","hits":3,"last":"2026-11-30T12:00:00Z"}],"denied":[{"address":"192.0.2.1","requests":1,"last":"2026-11-30T12:00:00Z"}]}]}`,
		`{"workspaces":[{"workspace_id":"ws_1","rules":[{"id":"ipr_1","hits":-3}]}]}`, `{"workspaces":[{"workspace_id":"ws_1","denied":[{"address":"::ffff:192.0.2.1","requests":1}]}]}`,
		`{"workspaces":[{"workspace_id":"ws_1","denied":[{"address":"fe80::1%eth0","requests":1}]}]}`, `{"workspaces":[{"workspace_id":"ws_1","denied":[{"address":"","requests":1}]}]}`, "{}", "null", ""} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		told, err := feed.ParseActivity(body)
		if err != nil {
			return
		}
		for _, w := range told.Workspaces {
			for _, d := range w.Denied {
				if !d.Address.IsValid() || d.Address.Zone() != "" || d.Address.Is4In6() || d.Requests < 1 {
					t.Errorf("%q is taken with %+v", body, d)
				}
			}
		}
		again, err := json.Marshal(told)
		if err != nil {
			return // a time that JSON can't have
		}
		same, err := feed.ParseActivity(again)
		if err != nil {
			t.Fatalf("%q became %q: %v", body, again, err)
		}
		if third, _ := json.Marshal(same); !reflect.DeepEqual(again, third) {
			t.Errorf("%q became %q and %q", body, again, third)
		}
	})
}
