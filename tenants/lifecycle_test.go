package tenants

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTypedListsAreTheSchemas compares every list of states, kinds and roles with its CHECK constraint.
func TestTypedListsAreTheSchemas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for constraint, list := range map[string][]string{
		"workspaces_state_check": texts(States),
		"operations_kind_check":  texts(Kinds),
		"operations_state_check": texts(ProgressStates),
		"routes_state_check":     texts(RouteStates),
		"members_role_check":     texts(Roles),
		"tenants_plan_check":     texts(Plans),
		"cells_state_check":      texts(CellStates), "cell_runs_kind_check": texts(CellRunKinds), "cell_runs_state_check": texts(CellRunStates), "cell_capacity_dimension_check": texts(Dimensions), "cell_samples_dimension_check": texts(Dimensions),

		"webhooks_disabled_reason_check": texts(DisabledReasons),
		"webhook_deliveries_state_check": texts(DeliveryStates),
		"deletion_mails_tells_check":     texts(DeletionNewses),
		"instances_condition_check":      texts(Conditions),
		"instances_ending_check":         texts(Endings),
		"webhook_attempts_outcome_check": texts(AttemptOutcomes),
	} {
		var def string
		b.must(b.pool.QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = $1", constraint).Scan(&def))
		var allowed []string
		for _, m := range regexp.MustCompile(`'([^']*)'::text`).FindAllStringSubmatch(def, -1) {
			allowed = append(allowed, m[1])
		}
		if !slices.Equal(allowed, list) {
			t.Errorf("%s allows %v, and Go knows %v", constraint, allowed, list)
		}
	}
}

func TestEveryStateHasItsArcs(t *testing.T) {
	t.Parallel()
	for _, s := range States {
		if _, ok := Arcs[s]; !ok {
			t.Errorf("%s has no arcs", s)
		}
	}
	if len(Arcs) != len(States) {
		t.Errorf("%d states and %d with arcs", len(States), len(Arcs))
	}
}

func TestPassagesFollowTheArcs(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	must := func(kind Kind, from, to State) {
		if !from.May(to) {
			t.Errorf("%s goes from %s to %s, which is no arc", kind, from, to)
		}
		used[string(from+to)] = true
	}
	for kind, way := range passages {
		for _, from := range way.from {
			must(kind, from, way.during)
		}
		if way.done != way.during {
			must(kind, way.during, way.done)
		}
		switch way.undone {
		case "":
		case asBefore:
			for _, before := range way.from {
				must(kind, way.during, before)
			}
		default:
			must(kind, way.during, way.undone)
		}
	}
	for _, to := range undeleted {
		must("undelete", Deleting, to)
	}
	for from, list := range Arcs {
		for _, to := range list {
			if !used[string(from+to)] {
				t.Errorf("nothing goes from %s to %s", from, to)
			}
		}
	}
}

// diagram draws the arcs as docs/lifecycle.md shows them.
func diagram() string {
	var text strings.Builder
	text.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> provisioning\n")
	for _, from := range States {
		for _, to := range Arcs[from] {
			fmt.Fprintf(&text, "    %s --> %s\n", from, to)
		}
	}
	text.WriteString("    deleted --> [*]\n```\n")
	return text.String()
}

func TestThePictureInTheDocsIsTheLifecycle(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/lifecycle.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), diagram()) {
		t.Errorf("docs/lifecycle.md should hold\n%s", diagram())
	}
}
