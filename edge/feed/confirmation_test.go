package feed_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

func identity() feed.Identity {
	return feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: id.Show(id.EdgeLease, id.New()), Name: "edge-1.example"}
}

func TestAnIdentityComesBackAsItWas(t *testing.T) {
	t.Parallel()
	sent := identity()
	got, err := feed.ParseIdentity(sent.Query())
	if err != nil || got != sent {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := feed.ParseIdentity(url.Values{}); err != nil || got != (feed.Identity{}) {
		t.Errorf("of an older edge: %+v, %v", got, err)
	}
}

func TestAnIdentityThatIsHalfThereIsRefused(t *testing.T) {
	t.Parallel()
	for _, param := range []string{"edge", "lease", "name"} {
		for _, value := range []string{"", "a/b", "two words", "-x", strings.Repeat("x", 64)} {
			query := identity().Query()
			query.Set(param, value)
			if got, err := feed.ParseIdentity(query); err == nil {
				t.Errorf("%s=%q: %+v", param, value, got)
			}
		}
	}
}

func TestAConfirmationThatCanBeNoneIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*feed.Confirmation){
		"no lease": func(c *feed.Confirmation) { c.Lease = "" }, "version": func(c *feed.Confirmation) { c.Version = -1 },
		"history": func(c *feed.Confirmation) { c.History = strings.Repeat("x", 65) }, "over": func(c *feed.Confirmation) { c.Over = []string{c.Edge} },
		"too many": func(c *feed.Confirmation) { c.Over = make([]string, 1001) },
	} {
		c := feed.Confirmation{Identity: identity(), Version: 1}
		spoil(&c)
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := feed.ParseConfirmation(body); err == nil {
			t.Errorf("%s: %s", name, body)
		}
	}
}

// FuzzConfirmation: what is let through comes back as it was, and its identity is one that a stream may have too.
func FuzzConfirmation(f *testing.F) {
	body, err := json.Marshal(feed.Confirmation{Identity: identity(), Version: 7, History: "h", Over: []string{identity().Lease}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"edge":"edg_","lease":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := feed.ParseConfirmation(body)
		if err != nil {
			return
		}
		if i, err := feed.ParseIdentity(c.Query()); err != nil || i != c.Identity {
			t.Fatalf("%+v: %v", i, err)
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := feed.ParseConfirmation(again); err != nil || len(c.Over) > 0 && !reflect.DeepEqual(back, c) || back.Identity != c.Identity || back.Version != c.Version {
			t.Fatalf("%+v became %+v: %v", c, back, err)
		}
	})
}
