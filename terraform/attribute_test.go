package terraform

import (
	"slices"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

type values = map[string]any

func TestAttributesThatDifferAreShownAndSecretsAreNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change tfjson.Change
		want   []Attribute
	}{
		"made":      {tfjson.Change{After: values{"name": "x", "n": 1.0}}, []Attribute{{"n", "", "1"}, {"name", "", `"x"`}}},
		"removed":   {tfjson.Change{Before: values{"name": "x"}}, []Attribute{{"name", `"x"`, ""}}},
		"changed":   {tfjson.Change{Before: values{"name": "x", "same": true}, After: values{"name": "y", "same": true}}, []Attribute{{"name", `"x"`, `"y"`}}},
		"not known": {tfjson.Change{After: values{"name": "x"}, AfterUnknown: values{"id": true}}, []Attribute{{"id", "", "(known after apply)"}, {"name", "", `"x"`}}},
		"sensitive": {tfjson.Change{Before: values{"password": "old"}, After: values{"password": "new"}, BeforeSensitive: values{"password": true}, AfterSensitive: values{"password": true}},
			[]Attribute{{"password", "(sensitive)", "(sensitive)"}}},
		"sensitive deep inside": {tfjson.Change{After: values{"login": values{"user": "u", "list": []any{"p"}}}, AfterSensitive: values{"login": values{"list": []any{true}}}},
			[]Attribute{{"login", "", "(sensitive)"}}},
		"sensitive as a whole": {tfjson.Change{After: values{"a": "b"}, AfterSensitive: true}, []Attribute{{"a", "", "(sensitive)"}}},
		"sensitive, and gone":  {tfjson.Change{Before: values{"password": "old"}, BeforeSensitive: values{"password": true}}, []Attribute{{"password", "(sensitive)", ""}}},
	} {
		if got := attributesOf(c.change); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
