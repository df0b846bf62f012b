package api_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
)

var writeMatrix = flag.Bool("matrix.write", false, "write docs/routes.md anew")

const matrixFile = "../../docs/routes.md"

// partly are routes that are served and don't do all that the original's do.
var partly = map[line]string{
	{"POST", "/client_perf"}:             "taken and not kept",
	{"GET", "/system/notices/{team_id}"}: "there are none",
	{"GET", "/trial-license/prev"}:       "there are none",
}

// docs/routes.md names every route of the protocol with its tier, and says what of it this server does.
func TestTheRouteMatrixIsAsCommitted(t *testing.T) {
	t.Parallel()
	got := matrix(t, (&api.API{}).Routes())
	if *writeMatrix {
		if err := os.WriteFile(matrixFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/routes.md is not what the routes say: write it anew by `make generate`")
	}
}

func matrix(t *testing.T, routes []api.Route) string {
	served := map[string]bool{}
	for _, r := range routes {
		key := r.Method + " " + parameterless(r.Path)
		if served[key] {
			t.Errorf("%s is there twice, and one of its rules would not be asked", key)
		}
		served[key] = true
	}
	lines := protocolLines(t)
	var rows strings.Builder
	tiers := []string{"T1", "T2", "T3", "T4"}
	all, done := map[string]int{}, map[string]int{}
	noted := map[line]bool{}
	for _, l := range lines {
		is := "501"
		switch why, some := partly[line{l.method, l.path}]; {
		case some:
			noted[line{l.method, l.path}], is = true, "partly: "+why
		case served[l.method+" "+parameterless(l.path)] || l.path == "/websocket": // which is no route of the table: it is upgraded
			is = "implemented"
		}
		if all[l.tier]++; is != "501" {
			done[l.tier]++
		}
		fmt.Fprintf(&rows, "| %s | %s `%s` | %s |\n", l.tier, l.method, l.path, is)
	}
	for l := range partly {
		if !noted[l] || !served[l.method+" "+parameterless(l.path)] {
			t.Errorf("%s %s is noted as served partly, and is not", l.method, l.path)
		}
	}
	var out strings.Builder
	out.WriteString("# Routes\n\nEvery route of the protocol, under `/api/v4`, with its tier (`docs/workspace-api.md`), and what of it the chat server does. Written by `make generate`;\na test compares it with the routes.\n\n")
	out.WriteString("| tier | routes | served |\n| --- | --- | --- |\n")
	for _, tier := range tiers {
		fmt.Fprintf(&out, "| %s | %d | %d |\n", tier, all[tier], done[tier])
	}
	return out.String() + "\n| tier | route | is |\n| --- | --- | --- |\n" + rows.String()
}
