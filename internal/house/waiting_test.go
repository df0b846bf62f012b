package house

import (
	"fmt"
	"go/ast"
	"slices"
	"testing"
)

func TestTestsNeitherSleepNorSkip(t *testing.T) {
	t.Parallel()
	keep(t, idleTests, map[string]string{
		"a/a_test.go": "package a\nfunc f() { time.Sleep(time.Second); time.After(1) }",
		"a/b_test.go": "package a\nfunc f() { t.Skipf(\"no postgres\"); b.SkipNow(); q.Skip(3) }",
		"a/a.go":      "package a\nfunc f() { time.Sleep(time.Second) }",
	}, "a/a_test.go: time.Sleep: wait for a signal, or for a condition with a deadline",
		"a/b_test.go: t.Skipf: what a test needs is installed by `make setup`, or the test makes it",
		"a/b_test.go: b.SkipNow: what a test needs is installed by `make setup`, or the test makes it")
}

func idleTests(t tree) []string {
	var found []string
	for _, f := range t.files {
		if !f.isTest() {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			on, ok := call.X.(*ast.Ident)
			switch {
			case !ok:
			case on.Name == "time" && call.Sel.Name == "Sleep":
				found = append(found, fmt.Sprintf("%s: time.Sleep: wait for a signal, or for a condition with a deadline", f.path))
			case slices.Contains([]string{"t", "b", "tb"}, on.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, call.Sel.Name):
				found = append(found, fmt.Sprintf("%s: %s.%s: what a test needs is installed by `make setup`, or the test makes it",
					f.path, on.Name, call.Sel.Name))
			}
			return true
		})
	}
	return found
}
