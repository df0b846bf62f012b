package provisioner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

func changesOf(p terraform.Plan) (list []tenants.CellChange) {
	for _, c := range p.Changes {
		change := tenants.CellChange{Address: c.Address, Action: string(c.Action)}
		for _, a := range c.Attributes {
			change.Attributes = append(change.Attributes, tenants.CellAttribute(a))
		}
		list = append(list, change)
	}
	return list
}

// actionWords say what becomes of resources, in the order of a plan's sentence.
var actionWords = []struct {
	action          terraform.Action
	planned, become string
}{{terraform.Create, "to create", "created"}, {terraform.Update, "to change", "changed"}, {terraform.Replace, "to replace", "replaced"}, {terraform.Delete, "to remove", "removed"}}

func planSentence(p terraform.Plan) string {
	var said []string
	for _, w := range actionWords {
		if n := p.Count(w.action); n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, w.planned))
		}
	}
	if said == nil {
		return "nothing to do: everything is as it should be"
	}
	return strings.Join(said, ", ")
}

func doneSentence(changes []tenants.CellChange) string {
	var said []string
	for _, w := range actionWords {
		n := len(slices.DeleteFunc(slices.Clone(changes), func(c tenants.CellChange) bool { return c.Action != string(w.action) }))
		if n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, w.become))
		}
	}
	if said == nil {
		return "done: there was nothing to change"
	}
	return "done: " + strings.Join(said, ", ")
}

func driftSentence(p terraform.Plan) string {
	if len(p.Changes) == 0 {
		return "no drift: everything is as it was applied"
	}
	return fmt.Sprintf("somebody has changed %d resources since the last apply; a plan and its apply bring them back", len(p.Changes))
}
