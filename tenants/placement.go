package tenants

import (
	"fmt"
	"slices"
	"strings"
)

// choose decides where a new workspace lives: in the ready cell of the region that has room for it and is the least used
// in its tightest dimension; of equals in the oldest. An empty region leaves it to us. Loads are in the order of age.
func choose(loads []Load, region string) (Load, error) {
	var best *Load
	for _, l := range loads {
		if !takes(l, region) || !l.Takes() {
			continue
		}
		if best == nil || l.tightness() < best.tightness() {
			best = &l
		}
	}
	if best == nil {
		return Load{}, noRoom(loads, region)
	}
	return *best, nil
}

// Takes reports whether the cell would take a new workspace now.
func (l Load) Takes() bool {
	return takes(l, "") && l.Waits == "" && !l.Contact.Lost() && len(l.Full()) == 0
}

func takes(l Load, region string) bool {
	return l.Cell.State == CellReady && (region == "" || l.Cell.Region == region)
}

// noRoom says why there is no room: to customers what they can do, to operators which cell has too little of what.
func noRoom(loads []Load, region string) error {
	open := slices.ContainsFunc(loads, func(l Load) bool { return takes(l, region) })
	if !open && region != "" {
		refusal := &Refusal{Reason: Invalid, Field: "region", Message: fmt.Sprintf("there is no region %q that takes new workspaces", region)}
		refusal.Detail = describe(loads, region)
		return refusal
	}
	refusal := &Refusal{Reason: Exhausted, Message: "no cell takes new workspaces now; try again later", Detail: describe(loads, region)}
	if region == "" {
		return refusal
	}
	refusal.Field = "region"
	why := "takes no new workspaces now"
	if slices.ContainsFunc(loads, func(l Load) bool { return takes(l, region) && len(l.Full()) > 0 }) {
		why = "is full now"
	}
	refusal.Message = fmt.Sprintf("the region %q %s; try again later", region, why)
	if free := roomy(loads); len(free) > 0 {
		refusal.Message = fmt.Sprintf("the region %q %s; there is room in %s, or try again later", region, why, strings.Join(free, ", "))
	}
	return refusal
}

// roomy are the regions that have room.
func roomy(loads []Load) (regions []string) {
	for _, l := range loads {
		if l.Takes() && !slices.Contains(regions, l.Cell.Region) {
			regions = append(regions, l.Cell.Region)
		}
	}
	return regions
}

// describe is for operators.
func describe(loads []Load, region string) string {
	var said []string
	for _, l := range loads {
		if region == "" || l.Cell.Region == region {
			said = append(said, l.Sentence())
		}
	}
	if said == nil {
		said = []string{"there is no cell"}
	}
	var free []string
	for _, r := range roomy(loads) {
		free = append(free, fmt.Sprintf("%s (%s)", r, lasts(loads, r).outlook()))
	}
	if free != nil {
		said = append(said, "there is room in "+strings.Join(free, ", "))
	}
	return strings.Join(said, "; ")
}

// Sentence says whether the cell takes new workspaces, and if not, why.
func (l Load) Sentence() string {
	name := "cell " + l.Cell.Name
	switch {
	case l.Waits != "":
		return fmt.Sprintf("nobody works in %s until it was compared with the control plane's database: %s", name, l.Waits)
	case l.Cell.State != CellReady && l.Contact.Lost():
		return fmt.Sprintf("%s takes no new workspaces: it is %s, and %s", name, l.Cell.State, l.Contact.sentence())
	case l.Contact.Lost():
		return fmt.Sprintf("%s takes no new workspaces: %s", name, l.Contact.sentence())
	case l.Cell.State != CellReady:
		return fmt.Sprintf("%s takes no new workspaces: it is %s", name, l.Cell.State)
	case len(l.Full()) == 0:
		return fmt.Sprintf("%s takes new workspaces, and %s", name, l.outlook())
	}
	var full []string
	for _, a := range l.Full() {
		full = append(full, a.sentence(l.growth(a.Dimension, 0)))
	}
	sentence := fmt.Sprintf("%s takes no new workspaces: %s", name, strings.Join(full, ", "))
	if next := l.Next(); next.Forecast.Outlook == OutlookGrowing {
		sentence += fmt.Sprintf("; next is %s, %s", next.Dimension, next.Forecast)
	}
	return sentence
}

func (l Load) outlook() string {
	first := l.First()
	if first.Forecast.Outlook == OutlookGrowing {
		return fmt.Sprintf("its %s will be %s", first.Dimension, first.Forecast)
	}
	return first.Forecast.outlook()
}

// outlook is the forecast as it stands in a sentence.
func (f Forecast) outlook() string {
	if f.Outlook == OutlookUnknown {
		return "when it will be full is not known yet"
	}
	return f.String()
}

// sentence says how full it is. What is promised has been given away since the last measurement.
func (a Amount) sentence(promised int64) string {
	limit, _ := a.Limit()
	kept := ""
	if a.Dimension != PlacesDimension {
		kept = fmt.Sprintf(", and %d %% are kept free", reservePercent)
	}
	if promised > 0 {
		kept = fmt.Sprintf(", %s promised since%s", a.Dimension.Show(promised), kept)
	}
	return fmt.Sprintf("%s is full (%s of %s used%s)", a.Dimension, a.Dimension.Show(*a.Used), a.Dimension.Show(limit), kept)
}

// Show writes an amount for people: bytes with their unit, numbers as they are.
func (d Dimension) Show(n int64) string {
	if !strings.HasSuffix(string(d), "_bytes") {
		return fmt.Sprint(n)
	}
	value, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for value >= 1024 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}
