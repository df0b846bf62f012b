package confine

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/attack"
)

// needs says what there is to see on a kernel that lacks something of what programs need that are sealed, or are not.
func needs(t *testing.T, sealed bool) bool {
	t.Helper()
	have := Look()
	if have.Seccomp && (have.Landlock >= abiScopes || sealed && have.Landlock > 0) {
		return true
	}
	if len(have.Missing(sealed)) == 0 {
		t.Errorf("%s, and nothing is said to be missing", have)
	}
	return false
}

func TestNothingGetsThrough(t *testing.T) {
	t.Parallel()
	if !needs(t, false) {
		return
	}
	for _, name := range attack.Intrusions {
		if name == "dial" { // whether a unix socket opens is for its mode to say
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nothing(t, name, func(aim attack.Aim) Rules { return allowed(t, aim) })
		})
	}
}

// nothing makes an attack under rules, and expects that nothing of it gets through.
func nothing(t *testing.T, name string, rules func(attack.Aim) Rules) {
	t.Helper()
	aim := world(t)
	for _, try := range under(t, name, aim, func() error { return Thread(rules(aim), Look()) }) {
		// The mode of a file isn't Landlock's to keep, and the caller's own here.
		if try.Through && !strings.HasPrefix(try.What, "change the mode") && !strings.HasPrefix(try.What, "slow") {
			t.Errorf("%s: %s", try.What, try.Got)
		}
	}
}

// Landlock's first version and seccomp are enough for a program that is sealed, whatever else it is told that it may do.
func TestNothingGetsOutOfWhatIsSealed(t *testing.T) {
	t.Parallel()
	if !needs(t, true) {
		return
	}
	for _, name := range slices.Concat(attack.Intrusions, attack.Outreaches) {
		if name == "signal" && Look().Landlock < abiScopes { // between programs of one user, as here
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nothing(t, name, func(aim attack.Aim) Rules {
				rules := allowed(t, aim)
				rules.Sealed, rules.Anywhere, rules.Names = true, true, true
				rules.Sockets, rules.Ports = aim.Folders, []uint16{80, 443}
				return rules
			})
		})
	}
}

// What the attacks get through without rules shows that they are attacks.
func TestAttacksGetThroughWithoutRules(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"read", "write", "link", "proc", "signal", "connect", "dial", "abstract", "listen", "run", "call", "reach"} {
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
	if !needs(t, false) {
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
		"dial":    {"connect to " + aim.Sockets[0] + " over unix"},
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
	if !needs(t, false) {
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
		have         Support
		open, sealed int
	}{
		{Support{}, 6, 6}, {Support{Seccomp: true}, 5, 2}, {Support{Landlock: 2, Seccomp: true}, 4, 1}, {Support{Landlock: 2}, 5, 5},
		{Support{Landlock: 4, Seccomp: true}, 2, 1}, {Support{Landlock: 7, Seccomp: true}, 0, 0}, {Support{Landlock: 7}, 1, 1},
	} {
		if open, sealed := c.have.Missing(false), c.have.Missing(true); len(open) != c.open || len(sealed) != c.sealed {
			t.Errorf("%+v lacks %q, and of what is sealed %q", c.have, open, sealed)
		}
	}
}

func TestOldKernelsAreAskedForWhatTheyKnow(t *testing.T) {
	t.Parallel()
	if !needs(t, false) {
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
