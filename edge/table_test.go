package edge

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func filled(t *testing.T, version int64, routes ...feed.Route) *Table {
	t.Helper()
	table := NewTable()
	_, err := table.Replace(feed.Message{Version: version, BaseDomain: "longhouse.localhost", Routes: routes})
	must(t, err)
	return table
}

func apply(t *testing.T, table *Table, version int64, route feed.Route) bool {
	t.Helper()
	route.Version = version
	applied, err := table.Apply(feed.Message{Type: feed.KindChange, Version: version, Route: &route})
	must(t, err)
	return applied
}

func owner(table *Table, slug string) string {
	if route := table.Lookup(slug + ".longhouse.localhost"); route != nil {
		return route.WorkspaceID
	}
	return ""
}

func TestChangeBeforeAnySnapshotIsRefused(t *testing.T) {
	t.Parallel()
	table, route := NewTable(), routeTo("acme", "/s")
	_, err := table.Apply(feed.Message{Version: 1, Route: &route})
	if !errors.Is(err, errNoSnapshot) || table.Ready() {
		t.Errorf("got %v, ready %v", err, table.Ready())
	}
}

func TestOldChangesAreIgnored(t *testing.T) {
	t.Parallel()
	table := filled(t, 10, routeTo("acme", "/new"))
	for _, version := range []int64{9, 10} {
		if apply(t, table, version, routeTo("acme", "/old")) {
			t.Errorf("version %d was applied over 10", version)
		}
	}
	if got := table.Lookup("acme.longhouse.localhost").upstream.address; got != "/new" {
		t.Errorf("upstream is %s", got)
	}
}

func TestRenamedWorkspaceLosesItsOldHost(t *testing.T) {
	t.Parallel()
	table := filled(t, 1, routeTo("acme", "/s"))
	renamed := routeTo("acme", "/s")
	renamed.Hosts = []string{"acme-2.longhouse.localhost", "chat.example.com"}
	apply(t, table, 2, renamed)
	if owner(table, "acme") != "" || owner(table, "acme-2") != "ws_acme" || table.Lookup("chat.example.com") == nil {
		t.Error("hosts did not move")
	}
	apply(t, table, 3, feed.Route{WorkspaceID: "ws_acme", State: feed.StateGone})
	if owner(table, "acme-2") != "" || table.Lookup("chat.example.com") != nil || table.Len() != 0 {
		t.Error("a gone workspace left something behind")
	}
}

func TestSnapshotReplacesEverythingEvenByALowerVersion(t *testing.T) {
	t.Parallel()
	table := filled(t, 10, routeTo("acme", "/a"), routeTo("globex", "/g"))
	vanished, err := table.Replace(feed.Message{Version: 3, Routes: []feed.Route{routeTo("globex", "/g"), routeTo("hooli", "/h")}})
	must(t, err)
	if !slices.Equal(vanished, []string{"ws_acme"}) || owner(table, "acme") != "" || owner(table, "hooli") == "" || table.Version() != 3 {
		t.Errorf("vanished %v, version %d", vanished, table.Version())
	}
}

func TestHostOfTwoRoutesBelongsToTheNewerForGood(t *testing.T) {
	t.Parallel()
	table := filled(t, 1, routeTo("acme", "/a"))
	thief := routeTo("acme", "/b")
	thief.WorkspaceID = "ws_thief"
	apply(t, table, 2, thief)
	restarted := NewTable()
	restarted.restore(table.export())
	for _, table := range []*Table{table, restarted} {
		if owner(table, "acme") != "ws_thief" || table.Len() != 2 {
			t.Errorf("host belongs to %q of %d workspaces", owner(table, "acme"), table.Len())
		}
	}
	// That the older one is touched or goes changes nothing for the newer.
	apply(t, table, 3, feed.Route{WorkspaceID: "ws_acme", State: feed.StateGone})
	if owner(table, "acme") != "ws_thief" {
		t.Error("the loser took the host with it")
	}
}

func TestUnusableRouteStopsOnlyItsWorkspace(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*feed.Route){
		"tcp":      func(r *feed.Route) { r.Upstream.Network = "tcp" },
		"relative": func(r *feed.Route) { r.Upstream.Address = "run/s" },
		"dots":     func(r *feed.Route) { r.Upstream.Address = "/run/../etc/s" },
		"long":     func(r *feed.Route) { r.Upstream.Address = "/" + strings.Repeat("x", 200) },
		"state":    func(r *feed.Route) { r.State = "dancing" },
		"empty":    func(r *feed.Route) { r.State = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := routeTo("acme", "/s")
			spoil(&bad)
			table := NewTable()
			_, err := table.Replace(feed.Message{Version: 1, Routes: []feed.Route{routeTo("globex", "/g"), bad}})
			if err == nil || !strings.Contains(err.Error(), "ws_acme") {
				t.Errorf("the problem isn't named: %v", err)
			}
			if r := table.Lookup("acme.longhouse.localhost"); r == nil || r.upstream != nil || r.State != feed.StateStopped {
				t.Errorf("route is %+v", r)
			}
			if table.Lookup("globex.longhouse.localhost").upstream == nil {
				t.Error("another workspace suffered")
			}
		})
	}
}

func TestMalformedHostsAreNotRouted(t *testing.T) {
	t.Parallel()
	route := routeTo("acme", "/s")
	route.Hosts = append(route.Hosts, "ACME.example", "acme.example:80", "acme.example.", "", "*.example")
	table := NewTable()
	_, err := table.Replace(feed.Message{Version: 1, Routes: []feed.Route{route}})
	if got := table.Lookup("acme.longhouse.localhost"); err == nil || len(got.Hosts) != 1 {
		t.Errorf("got %v, %v", got.Hosts, err)
	}
}

func TestConnectionsAreKeptWhileTheInstanceStays(t *testing.T) {
	t.Parallel()
	table := filled(t, 1, routeTo("acme", "/s"))
	before := table.Lookup("acme.longhouse.localhost").upstream
	touched := routeTo("acme", "/s")
	touched.PolicyVersion = 7
	apply(t, table, 2, touched)
	if table.Lookup("acme.longhouse.localhost").upstream != before {
		t.Error("a change of policy dropped the connections")
	}
	apply(t, table, 3, routeTo("acme", "/other"))
	if table.Lookup("acme.longhouse.localhost").upstream == before {
		t.Error("a new instance got the old one's connections")
	}
}

// The table must agree with a plain map after any sequence of changes, and no published view may ever change.
func TestTableAgreesWithAPlainMap(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	table, oracle := filled(t, 0), map[string]feed.Route{}
	frozen := table.current.Load()
	for version := int64(1); version <= 3000; version++ {
		slug := fmt.Sprintf("w%d", random.IntN(40))
		route := routeTo(slug, "/s")
		for range random.IntN(3) {
			route.Hosts = append(route.Hosts, fmt.Sprintf("%s-%d.example", slug, random.IntN(4)))
		}
		slices.Sort(route.Hosts)
		route.Hosts = slices.Compact(route.Hosts)
		if route.State = []feed.State{feed.StateServing, feed.StateStopped, feed.StateGone}[random.IntN(3)]; route.State == feed.StateGone {
			delete(oracle, slug)
		} else {
			oracle[slug] = route
		}
		apply(t, table, version, route)
	}
	want := map[string]string{}
	for _, route := range oracle {
		for _, host := range route.Hosts {
			want[host] = route.WorkspaceID
		}
	}
	got := map[string]string{}
	for _, shard := range table.current.Load().shards {
		for host, route := range shard {
			got[host] = route.WorkspaceID
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, shard := range frozen.shards {
		if len(shard) != 0 {
			t.Fatal("the first view was written to after it was published")
		}
	}
}
