package feed_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// FuzzUses: what is taken comes back as it was, and names no more than allowed, all of them workspaces.
func FuzzUses(f *testing.F) {
	who := feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: id.Show(id.EdgeLease, id.New()), Name: "one"}
	ws := id.Show(id.Workspace, id.New())
	for _, u := range []feed.Uses{{Identity: who}, {Identity: who, Workspaces: []string{ws, ws}, More: true}, {Identity: who, Workspaces: []string{"ws_x"}}, {}} {
		body, err := json.Marshal(u)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"workspaces":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		u, err := feed.ParseUses(body)
		if err != nil {
			return
		}
		again, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := feed.ParseUses(again); err != nil || !reflect.DeepEqual(same, u) {
			t.Errorf("%q became %+v, %v", body, same, err)
		}
		for _, workspace := range u.Workspaces {
			if _, err := id.Parse(id.Workspace, workspace); err != nil || len(u.Workspaces) > feed.UsesMost {
				t.Errorf("%q was let through: %v", body, err)
			}
		}
	})
}

func TestUsesAreBounded(t *testing.T) {
	t.Parallel()
	u := feed.Uses{Identity: feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: id.Show(id.EdgeLease, id.New()), Name: strings.Repeat("e", 63)}, More: true}
	for range feed.UsesMost {
		u.Workspaces = append(u.Workspaces, id.Show(id.Workspace, id.New()))
	}
	body, err := json.Marshal(u)
	if err != nil || len(body) > feed.MaxUses {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	if _, err := feed.ParseUses(body); err != nil {
		t.Error(err)
	}
	u.Workspaces = append(u.Workspaces, u.Workspaces[0])
	if body, err = json.Marshal(u); err != nil {
		t.Fatal(err)
	}
	if _, err := feed.ParseUses(body); err == nil || !strings.Contains(err.Error(), "allowed are 1000 in one message") {
		t.Error(err)
	}
}
