package terraform

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// What stands for a value that is not shown.
const (
	maskedValue  = "(sensitive)"
	unknownValue = "(known after apply)"
)

// attributesOf lists what differs. What terraform calls sensitive is masked as a whole, also where only a part of it is.
func attributesOf(c tfjson.Change) (list []Attribute) {
	before, after, unknown := object(c.Before), object(c.After), object(c.AfterUnknown)
	names := map[string]bool{}
	for _, o := range []map[string]any{before, after, unknown} {
		for name := range o {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		soon := marked(unknown[name])
		if !soon && reflect.DeepEqual(before[name], after[name]) {
			continue
		}
		a := Attribute{Name: name, Before: shown(before[name]), After: shown(after[name])}
		if soon {
			a.After = unknownValue
		}
		if marked(object(c.BeforeSensitive)[name]) || c.BeforeSensitive == true {
			a.Before = masked(a.Before)
		}
		if marked(object(c.AfterSensitive)[name]) || c.AfterSensitive == true {
			a.After = masked(a.After)
		}
		list = append(list, a)
	}
	return list
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// marked reports whether there is a true in what terraform says of a value, at whatever depth.
func marked(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), marked)
	case []any:
		return slices.ContainsFunc(v, marked)
	}
	return false
}

func masked(text string) string {
	if text == "" {
		return ""
	}
	return maskedValue
}

func shown(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return maskedValue // what can't be shown is not
	}
	return string(text)
}
