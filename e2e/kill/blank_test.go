package kill

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// blank lets workers keep so many blanks at hand that one is missing, and kills the one that makes it.
func (l *line) blank(t *testing.T, faults, place string, wanted int) {
	t.Helper()
	l.forgetTrouble(t)
	before := l.newest(t)
	doomed := l.Worker(t, faults+"kill:"+place, "LONGHOUSE_BLANKS="+strconv.Itoa(wanted))
	doomed.Killed(t, place)
	var id string
	machine.Eventually(t, 10*time.Second, "the operation that makes a blank", func() error {
		if id = l.newest(t); id == before {
			return errors.New("there is none")
		}
		return nil
	})
	want := "succeeded"
	if faults != "" {
		want = "undone"
	}
	l.finishBlank(t, faults, id, place, want)
}

func (l *line) finishBlank(t *testing.T, faults, id, place, want string) {
	t.Helper()
	heir := l.Worker(t, faults, "LONGHOUSE_BLANKS=0")
	if op := l.Ended(t, l.Operator(t), id); op.State != want {
		t.Errorf("killed at %s the operation ended %s, not %s: %+v", place, op.State, want, op.Steps)
	}
	heir.Stop(t)
	l.NoOrphans(t)
}

// forgetTrouble lets the time pass for which workers hold back after a blank could not be made.
func (l *line) forgetTrouble(t *testing.T) {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(l.Dir, "control", "database.url"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), strings.TrimSpace(string(url)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), "update operations set finished_at = finished_at - interval '1 minute' where state = 'undone'")
	if err != nil {
		t.Fatal(err)
	}
}

// newest returns the newest operation that makes a blank.
func (l *line) newest(t *testing.T) string {
	t.Helper()
	var list []machine.Operation
	l.CLI(t, l.Operator(t), &list, "operations", "list")
	for _, op := range list {
		if op.Kind == "prepare" {
			return op.ID
		}
	}
	return "none"
}
