package kill

import (
	"fmt"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

var places = []string{"before", "in", "after"}

// line is a machine whose workers the test runs itself, one at a time.
type line struct {
	*machine.Machine
	customer *machine.Customer
}

func newLine(t *testing.T) *line {
	m := machine.Start(t, "--no-worker", "--lease", "300ms", "--blanks", "0")
	l := &line{Machine: m}
	w := m.Worker(t, "")
	l.customer = m.SignUp(t, "keeper")
	w.Stop(t)
	return l
}

// ask asks for an operation by a verb of the CLI and returns its id.
func (l *line) ask(t *testing.T, args ...string) string {
	t.Helper()
	var answer struct {
		ID        string `json:"id"`
		Operation struct {
			ID string `json:"id"`
		} `json:"operation"`
	}
	l.CLI(t, l.customer.Token, &answer, args...)
	if answer.Operation.ID != "" {
		return answer.Operation.ID
	}
	return answer.ID
}

// survive asks for an operation, lets the worker die at the place, and lets another one take over.
func (l *line) survive(t *testing.T, faults, place, want string, args ...string) {
	t.Helper()
	doomed := l.Worker(t, faults+"kill:"+place)
	id := l.ask(t, args...)
	doomed.Killed(t, place)
	l.finish(t, faults, id, place, want)
}

// finish lets a worker that is not killed finish the operation. It is told to fail where the first one was, so that it
// too has to take back.
func (l *line) finish(t *testing.T, faults, id, place, want string) {
	t.Helper()
	heir := l.Worker(t, faults)
	if op := l.Ended(t, l.customer.Token, id); op.State != want {
		t.Errorf("killed at %s the operation ended %s, not %s: %+v", place, op.State, want, op.Steps)
	}
	heir.Stop(t)
	l.NoOrphans(t)
}

// cycle provisions and deletes workspaces, each time with a kill at the next place of either.
func TestProvisionAndDeleteSurviveKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	provision := spots("provision", "storage", "database", "buckets", "schema", "instance", "ready", "first-admin", "route")
	remove := spots("delete", "route", "instance", "parts", "database", "buckets", "backups", "storage")
	for i, place := range provision {
		slug := fmt.Sprintf("w%02d", i)
		l.survive(t, "", place, "succeeded", "workspaces", "create", "--slug", slug)
		l.survive(t, "", remove[i%len(remove)], "succeeded", "workspaces", "delete", slug, "--now", "--yes")
	}
}

func TestTakingBackAProvisionSurvivesKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	for _, place := range spots("provision", "undo-route", "undo-instance", "undo-buckets", "undo-database", "undo-storage") {
		// The same slug each time: what is undone leaves it free.
		l.survive(t, "fail:provision/route/after,", place, "undone", "workspaces", "create", "--slug", "again")
	}
}

func TestStopAndStartSurviveKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	slug := l.customer.Slug
	stop, start := spots("stop", "route", "instance"), spots("start", "instance", "ready", "route")
	for i, place := range start {
		l.survive(t, "", stop[i%len(stop)], "succeeded", "workspaces", "stop", slug)
		l.survive(t, "", place, "succeeded", "workspaces", "start", slug)
	}
	for _, place := range spots("stop", "undo-instance", "undo-route") {
		l.survive(t, "fail:stop/instance/after,", place, "undone", "workspaces", "stop", slug)
	}
	l.survive(t, "", stop[0], "succeeded", "workspaces", "stop", slug)
	for _, place := range spots("start", "undo-route", "undo-instance") {
		l.survive(t, "fail:start/route/after,", place, "undone", "workspaces", "start", slug)
	}
}

func TestHibernateAndWakeSurviveKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	slug := l.customer.Slug
	wake := spots("wake", "instance", "ready", "route")
	for i, place := range spots("hibernate", "quiet", "route", "rest", "instance") {
		l.survive(t, "", place, "succeeded", "workspaces", "hibernate", slug)
		l.survive(t, "", wake[i%len(wake)], "succeeded", "workspaces", "wake", slug)
	}
	for _, place := range spots("hibernate", "undo-instance", "undo-route") {
		l.survive(t, "fail:hibernate/instance/after,", place, "undone", "workspaces", "hibernate", slug)
		l.answers(t, slug)
	}
	l.survive(t, "", "hibernate/route/after", "succeeded", "workspaces", "hibernate", slug)
	for _, place := range spots("wake", "undo-route", "undo-instance") {
		l.survive(t, "fail:wake/route/after,", place, "undone", "workspaces", "wake", slug)
	}
	for _, place := range spots("stop", "undo-instance", "undo-route") { // taken back, it sleeps on
		l.survive(t, "fail:stop/instance/after,", place, "undone", "workspaces", "stop", slug)
	}
	l.survive(t, "", "wake/ready/in", "succeeded", "workspaces", "wake", slug)
	l.answers(t, slug)
}

func TestRetiringSurvivesKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	slug := l.customer.Slug
	steps := spots("start", "instance", "ready", "route")
	for i, place := range spots("retire", "route", "instance") {
		l.survive(t, "", place, "succeeded", "workspaces", "delete", slug)
		l.survive(t, "", steps[i%len(steps)], "succeeded", "workspaces", "undelete", slug)
	}
	for _, place := range spots("retire", "undo-instance", "undo-route") {
		l.survive(t, "fail:retire/instance/after,", place, "undone", "workspaces", "delete", slug)
		l.answers(t, slug)
	}
}

func TestMakingBlanksSurvivesKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	blanks := 0
	for _, place := range spots("prepare", "storage", "database", "buckets", "schema") {
		blanks++
		l.blank(t, "", place, blanks)
	}
	for _, place := range spots("prepare", "undo-buckets", "undo-database", "undo-storage") {
		l.blank(t, "fail:prepare/schema/after,", place, blanks+1)
	}
}

// spots are all places in these steps of a kind.
func spots(kind string, steps ...string) (list []string) {
	for _, step := range steps {
		for _, place := range places {
			list = append(list, kind+"/"+step+"/"+place)
		}
	}
	return list
}
