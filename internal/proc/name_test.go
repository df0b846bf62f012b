package proc

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestOnlyWhatHasEndedForCertainIsDead(t *testing.T) {
	t.Parallel()
	own, err := Name()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, Spec{Path: "/bin/sleep", Args: []string{"600"}, LogFile: t.TempDir() + "/log"})
	child, err := name(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	if Dead(own) || Dead(child) {
		t.Errorf("%s or %s is taken for dead, and runs", own, child)
	}
	where, _, _ := strings.Cut(own, fmt.Sprintf("/%d-", os.Getpid()))
	if former := fmt.Sprintf("%s/%d-1", where, os.Getpid()); !Dead(former) {
		t.Errorf("%s, whose number is another's now, is not taken for dead", former)
	}
	if err := p.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait(t, p)
	if !Dead(child) {
		t.Errorf("%s is not taken for dead, and was killed", child)
	}
	for _, unknown := range []string{"", "a", "host/4711/ABCDEF", "elsewhere" + child, strings.Replace(child, "/", "/0", 1), where, where + "/", where + "/x-y", where + "/-1-1"} {
		if Dead(unknown) {
			t.Errorf("%q is taken for dead, and nothing is known of it", unknown)
		}
	}
}
