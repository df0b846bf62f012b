package main

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func TestACellIsChangedAndRemoved(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	add := []string{"cells", "add", "north", "--region", "nroth", "--database-host", "/run/north", "--database-url-file", "/etc/north.url", "--store", "127.0.0.1:9100",
		"--store-admin-socket", "/run/north.sock", "--store-secret-file", "/etc/north.secret", "--disk", "/srv/north"}
	s.want(exitDone, add...)
	s.want(exitUsage, "cells", "change", "north")
	plan := s.want(exitDone, "cells", "change", "north", "--region", "north", "--database-port", "5433", "--disk", "", "--dry-run").out
	for _, want := range []string{"cell.change", "region=north", "database.port=5433", "disk="} {
		if !strings.Contains(plan, want) {
			t.Errorf("want %s in %s", want, plan)
		}
	}
	if strings.Contains(plan, "9100") {
		t.Errorf("it would change what nobody named: %s", plan)
	}
	var cell client.Cell
	s.want(exitDone, "cells", "change", "north", "--region", "north", "--store", "127.0.0.1:9200", "--json").into(t, &cell)
	if cell.Region != "north" {
		t.Errorf("%+v", cell)
	}
	if r := s.want(exitDone, "cells", "remove", "north", "--dry-run"); !strings.Contains(r.out, "cell.remove") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "cells", "show", "north")
	if r := s.want(exitDone, "cells", "remove", "north"); !strings.Contains(r.out, "removed") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "cells", "list"); strings.Contains(r.out, "north") {
		t.Errorf("%s", r.out)
	}
	s.want(exitRefused, "cells", "change", "local", "--database-port", "5433")
	s.want(exitRefused, "cells", "remove", "local")
}
