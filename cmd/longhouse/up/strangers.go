package up

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/internal/supervisor"
)

// firstParts is what every release keeps.
var firstParts = slices.Concat([]string{"edge", "control"}, answering)

// Parts names what this release keeps running. Whoever is about to become it ends the rest.
func Parts() []string { return slices.Concat(firstParts, solos, workers) }

// partsWithin is how long a program may take to name its parts.
const partsWithin = 10 * time.Second

// partsOf asks another release's program. One of before it could be asked has the first parts only.
func partsOf(ctx context.Context, program string) []string {
	ctx, cancel := context.WithTimeout(ctx, partsWithin)
	defer cancel()
	var names []string
	out, err := exec.CommandContext(ctx, program, "child", "parts").Output()
	if err != nil || json.Unmarshal(out, &names) != nil {
		return firstParts
	}
	return names
}

// endStrangers ends what a release with more parts has left: this one would neither keep nor ever end it.
func (m *machine) endStrangers(ctx context.Context) error {
	strangers := supervisor.Left(m.layout.Children())
	return m.children.Stop(ctx, slices.DeleteFunc(strangers, func(name string) bool { return slices.Contains(Parts(), name) })...)
}

// makeRoom ends those who work operations and whom the program that we are about to become doesn't know: it may be of before
// endStrangers. The function that it returns starts them again.
func (m *machine) makeRoom(ctx context.Context, program string) (again func(context.Context) error, err error) {
	known := partsOf(ctx, program)
	unknown := slices.DeleteFunc(working(m.layout), func(name string) bool { return slices.Contains(known, name) || !m.children.Keeps(name) })
	again = func(ctx context.Context) error { return m.keepWorking(ctx, unknown...) }
	if err := m.children.Stop(ctx, unknown...); err != nil {
		return nil, errors.Join(err, again(ctx))
	}
	return again, nil
}
