package confine

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/attack"
)

// needs says what there is to see on a kernel that lacks something.
func needs(t *testing.T) bool {
	t.Helper()
	have := Look()
	if have.Landlock >= abiScopes && have.Seccomp {
		return true
	}
	if len(have.Missing()) == 0 {
		t.Errorf("%s, and nothing is said to be missing", have)
	}
	return false
}

func TestNothingGetsThrough(t *testing.T) {
	t.Parallel()
	if !needs(t) {
		return
	}
	for _, name := range attack.Intrusions {
		if name == "dial" { // whether a unix socket opens is for its mode to say
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aim := world(t)
			for _, try := range under(t, name, aim, func() error { return Thread(allowed(t, aim), Look()) }) {
				// The mode of a file isn't Landlock's to keep, and the caller's own here.
				if try.Through && !strings.HasPrefix(try.What, "change the mode") && !strings.HasPrefix(try.What, "slow") {
					t.Errorf("%s: %s", try.What, try.Got)
				}
			}
		})
	}
}

// What the attacks get through without rules shows that they are attacks.
func TestAttacksGetThroughWithoutRules(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"read", "write", "link", "proc", "signal", "connect", "dial", "abstract", "listen", "run", "call"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			through := 0
			for _, try := range under(t, name, world(t), nil) {
				if try.Through {
					through++
				}
			}
			if through == 0 {
				t.Error("nothing got through: the attack shows nothing")
			}
		})
	}
}

func TestWhatIsAllowedWorks(t *testing.T) {
	t.Parallel()
	if !needs(t) {
		return
	}
	aim := world(t)
	rules := allowed(t, aim)
	rules.Read = append(rules.Read, aim.Folders...)
	rules.Keep = append(rules.Keep, aim.Folders...)
	_, port, _ := net.SplitHostPort(aim.Addresses[0])
	n, _ := strconv.ParseUint(port, 10, 16)
	rules.Ports = []uint16{uint16(n)}
	enter := func() error { return Thread(rules, Look()) }
	want := map[string][]string{
		"read":    {"read " + aim.Files[0], "list " + aim.Folders[0]},
		"write":   {"open " + aim.Files[0] + " for writing", "make a file in " + aim.Folders[0]},
		"connect": {"connect to " + aim.Addresses[0] + " over tcp"},
		"dial":    {"connect to " + aim.Sockets[0]},
	}
	for name, all := range want {
		tries := under(t, name, aim, enter)
		for _, what := range all {
			found := false
			for _, try := range tries {
				if try.What == what {
					found = true
					if !try.Through {
						t.Errorf("%s: %s", what, try.Got)
					}
				}
			}
			if !found {
				t.Errorf("nobody tried to %s", what)
			}
		}
	}
}

// The call by which namespaces could be made behind the filter's back is there only for who asks for it.
func TestClone3IsRefusedUnlessAllowed(t *testing.T) {
	t.Parallel()
	if !needs(t) {
		return
	}
	for _, allow := range []bool{false, true} {
		aim := world(t)
		rules := allowed(t, aim)
		rules.Clone3 = allow
		for _, try := range under(t, "clone3", aim, func() error { return Thread(rules, Look()) }) {
			if try.Through != allow {
				t.Errorf("allowed %t: %s: %s", allow, try.What, try.Got)
			}
		}
	}
}

func TestOthersOfOurThreadsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	aim := world(t)
	under(t, "read", aim, func() error { return Thread(allowed(t, aim), Look()) })
	if _, err := os.ReadFile(aim.Files[0]); err != nil {
		t.Errorf("our own reading: %v", err)
	}
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set != 0 {
		t.Errorf("our own no_new_privs: %d, %v", set, err)
	}
}

func TestWhatAKernelLacksIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have Support
		want int
	}{{Support{}, 5}, {Support{Landlock: 1, Seccomp: true}, 3}, {Support{Landlock: 4, Seccomp: true}, 1}, {Support{Landlock: 7, Seccomp: true}, 0}} {
		if got := c.have.Missing(); len(got) != c.want {
			t.Errorf("%+v lacks %q", c.have, got)
		}
	}
}

func TestOldKernelsAreAskedForWhatTheyKnow(t *testing.T) {
	t.Parallel()
	if !needs(t) {
		return
	}
	for abi := 1; abi <= Look().Landlock; abi++ {
		aim := world(t)
		for _, try := range under(t, "read", aim, func() error { return Thread(allowed(t, aim), Support{Landlock: abi}) }) {
			if try.Through {
				t.Errorf("Landlock %d: %s: %s", abi, try.What, try.Got)
			}
		}
	}
}
