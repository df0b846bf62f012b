package terraform

import tfjson "github.com/hashicorp/terraform-json"

// Plan is what terraform would change, or has changed.
type Plan struct{ Changes []Change }

// Change is one resource's.
type Change struct {
	Address    string      `json:"address"` // longhouse_bucket.backup
	Action     Action      `json:"action"`
	Attributes []Attribute `json:"attributes,omitempty"` // those that differ, by name
}

// Attribute is what a change makes of one attribute of a resource.
type Attribute struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"` // as JSON; empty: there is none
	After  string `json:"after,omitempty"`
}

// Action is what becomes of a resource.
type Action string

const (
	Create  Action = "create"
	Update  Action = "update"  // in place
	Replace Action = "replace" // delete and create
	Delete  Action = "delete"
)

// Count is how many resources an action befalls.
func (p Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

func newPlan(changes []*tfjson.ResourceChange) Plan {
	var p Plan
	for _, c := range changes {
		if action, ok := actionOf(c.Change.Actions); ok {
			p.Changes = append(p.Changes, Change{Address: c.Address, Action: action, Attributes: attributesOf(*c.Change)})
		}
	}
	return p
}

func actionOf(a tfjson.Actions) (Action, bool) {
	switch {
	case a.Replace():
		return Replace, true
	case a.Create():
		return Create, true
	case a.Update():
		return Update, true
	case a.Delete():
		return Delete, true
	}
	return "", false
}
