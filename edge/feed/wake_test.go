package feed_test

import (
	"encoding/json"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// FuzzWake: what is taken comes back as it was.
func FuzzWake(f *testing.F) {
	for _, body := range []string{`{"workspace_id":"ws_1"}`, `{"workspace_id":"op_1"}`, `{"workspace_id":1}`, "{}", "null", ""} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		wish, err := feed.ParseWake(body)
		if err != nil {
			return
		}
		again, err := json.Marshal(wish)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := feed.ParseWake(again); err != nil || same != wish {
			t.Errorf("%q became %+v, %v", body, same, err)
		}
	})
}
