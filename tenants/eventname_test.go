package tenants

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryEventOfATenantHasItsName reads which actions this package records, so that webhooks can be asked for all of them,
// and that the guide has them.
func TestEveryEventOfATenantHasItsName(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range EventNames() {
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("docs/webhooks.md does not know %s", name)
		}
	}
	for _, action := range recorded(t) {
		if !slices.Contains(EventNames(), action) {
			t.Errorf("%s is recorded for tenants: add it to eventNames, and to docs/webhooks.md", action)
		}
	}
}

// recorded lists the actions that are literals in events that name a tenant.
func recorded(t *testing.T) (actions []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			event, ok := n.(*ast.CompositeLit)
			if ok && fmt.Sprint(event.Type) == "Event" {
				if action := actionOf(event); action != "" {
					actions = append(actions, action)
				}
			}
			return true
		})
	}
	if len(actions) < 10 {
		t.Fatalf("found only %v", actions)
	}
	return actions
}

func actionOf(event *ast.CompositeLit) (action string) {
	tenant := false
	for _, field := range event.Elts {
		pair, ok := field.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch text, _ := pair.Value.(*ast.BasicLit); {
		case fmt.Sprint(pair.Key) == "Tenant":
			tenant = true
		case fmt.Sprint(pair.Key) == "Action" && text != nil:
			action, _ = strconv.Unquote(text.Value)
		}
	}
	if !tenant {
		return ""
	}
	return action
}
