package main

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TestWhoSavesAFilterHearsWhereItIsNotInForce with an edge that is cut off: it serves by what it knew.
func TestWhoSavesAFilterHearsWhereItIsNotInForce(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.gateway("north")
	south := c.gateway("south")
	c.route(tenants.Serving)
	c.standing(2)
	if r := c.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1"); strings.Contains(r.out, "not in force") {
		t.Errorf("%s", r.out)
	}
	south.cut.Store(true)
	south.way.CloseClientConnections()
	if r := c.want(exitDone, "ip-filter", "close", "engines"); !strings.Contains(r.out, "not in force yet at") || !strings.Contains(r.out, "south") || strings.Contains(r.out, "north") {
		t.Errorf("%s", r.out)
	}
}
