package feed_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	route := feed.Route{WorkspaceID: "ws_1", Version: 3, Hosts: []string{"a.example"}, State: feed.StateServing,
		Upstream: feed.Upstream{Network: "unix", Address: "/s"}, PolicyVersion: 4}
	sent := []feed.Message{
		{Type: feed.KindSnapshot, Version: 2, BaseDomain: "example", Routes: []feed.Route{route, route}},
		{Type: feed.KindChange, Version: 3, Route: &route},
		{Type: feed.KindHeartbeat, Version: 3},
	}
	w := httptest.NewRecorder()
	for _, m := range sent {
		if err := feed.Write(w, m); err != nil {
			t.Fatal(err)
		}
	}
	if !w.Flushed {
		t.Error("lines are not flushed")
	}
	r := feed.NewReader(w.Body)
	for _, want := range sent {
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
}

func TestWireNames(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	must(t, feed.Write(w, feed.Message{Type: feed.KindChange, Version: 7, Route: &feed.Route{WorkspaceID: "ws_1", Version: 7,
		Hosts: []string{"a.example"}, State: feed.StateStopped, Message: "paused"}}))
	const want = `{"type":"change","version":7,"route":{"workspace_id":"ws_1","version":7,"hosts":["a.example"],` +
		`"state":"stopped","upstream":{"network":"","address":""},"message":"paused","policy_version":0}}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestOddLinesAreRefused(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"no JSON": "hello\n", "unknown type": `{"type":"dance"}` + "\n", "no type": "{}\n",
		"change without a route": `{"type":"change","version":1}` + "\n", "cut off": `{"type":"heartbeat"}`,
	} {
		if m, err := feed.NewReader(strings.NewReader(line)).Next(); err == nil {
			t.Errorf("%s: got %+v", name, m)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"type":"change","version":1,"route":{"workspace_id":"ws_1"}}`))
	f.Add([]byte(`{"type":"snapshot","routes":[{}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if m, err := feed.Parse(line); err == nil && m.Type == feed.KindChange && m.Route == nil {
			t.Fatalf("%q is a change of nothing", line)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
