package headofline

import "strings"

// spot is a step in which operations get into trouble.
type spot struct {
	kind, step string
	last       string // the kind's last step, which fails so that this one is taken back; empty: this one is being done
}

// spots are all steps of all kinds, and all undos. What comes first leaves workspaces for what comes next.
func spots() (list []spot) {
	for _, kind := range []struct{ name, steps, undos string }{
		{"provision", "storage database buckets schema instance ready first-admin route", "route instance buckets database storage"},
		{"stop", "route instance", "instance route"},
		{"start", "instance ready route", "route instance"},
		{"retire", "route instance", "instance route"},
		{"delete", "route instance database buckets storage", ""},
		{"prepare", "storage database buckets schema", "buckets database storage"},
		{"discard", "database buckets storage", ""},
	} {
		steps := strings.Fields(kind.steps)
		for _, step := range steps {
			list = append(list, spot{kind: kind.name, step: step})
		}
		for step := range strings.FieldsSeq(kind.undos) {
			list = append(list, spot{kind: kind.name, step: step, last: steps[len(steps)-1]})
		}
	}
	return list
}

func (s spot) name() string {
	if s.last != "" {
		return s.kind + "/undo-" + s.step
	}
	return s.kind + "/" + s.step
}

// state is that of the step while it is in trouble.
func (s spot) state() string {
	if s.last != "" {
		return "undoing"
	}
	return "running"
}

// ofNobody reports whether no tenant asked for the operations: blanks are the installation's own.
func (s spot) ofNobody() bool { return s.kind == "prepare" || s.kind == "discard" }

// row is where what others waited is counted.
func (s spot) row(trouble string) string {
	if s.ofNobody() {
		return s.kind + "_" + trouble
	}
	return trouble
}

// faults is what a worker is told so that the operations come to the spot and are in trouble there.
func (s spot) faults(trouble, tenant string) string {
	list := []string{trouble + ":" + s.name() + "/in"}
	if s.last != "" {
		list = append(list, "fail:"+s.kind+"/"+s.last+"/after")
	}
	if !s.ofNobody() {
		for i := range list {
			list[i] += "@" + tenant
		}
	}
	return strings.Join(list, ",")
}
