package attack

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestNoProgramThatIsShippedCanAttack(t *testing.T) {
	t.Parallel()
	const this = "github.com/longhouse-dev/longhouse/internal/attack"
	for _, c := range []struct {
		tags string
		has  bool
	}{{"", false}, {"hostile", true}} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", c.tags, "../../cmd/longhouse", "../../cmd/workspace-server")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		if has := slices.Contains(strings.Fields(string(out)), this); has != c.has {
			t.Errorf("with tags %q: linked %t", c.tags, has)
		}
	}
}

func TestUnknownAttackIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := Run("none", Aim{}); err == nil || !strings.Contains(err.Error(), `"none"`) || !strings.Contains(err.Error(), "memory") {
		t.Errorf("err = %v", err)
	}
	for _, name := range slices.Concat(Intrusions, Outreaches, Exhaustions) {
		if attacks[name] == nil {
			t.Errorf("%s is no attack", name)
		}
	}
}
