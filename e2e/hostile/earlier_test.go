package hostile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// A release of before there were capabilities has none, and its instances open their connections themselves, also after everything
// was restarted and others of a newer release came beside them.
func TestAWorkspaceOfAnEarlierReleaseRunsAsBefore(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	forgetCapabilities(t, m)
	elm := m.SignUp(t, "elm")
	for _, when := range []string{"at first", "after a restart of everything"} {
		if find(t, m, elm.Workspace.ID).desired.Broker != nil {
			t.Errorf("%s its connections are made for it", when)
		}
		upload(t, elm, []byte(when), strings.ReplaceAll(when, " ", "-"))
		if when == "at first" {
			m.Interrupt(t)
			m.Again(t)
			machine.Eventually(t, 30*time.Second, "the workspace to serve again", func() error {
				_, _, err := m.TryCLI(elm.Token, "workspaces", "open", elm.Slug)
				return err
			})
		}
	}
	fir := m.SignUp(t, "fir")
	if find(t, m, fir.Workspace.ID).desired.Broker == nil {
		t.Error("the newer one makes its connections itself")
	}
	upload(t, fir, []byte("fir"), "team")
	var told struct {
		OpenInstances int `json:"open_instances"`
	}
	m.CLI(t, "", &told, "isolation", "--data", m.Dir)
	if told.OpenInstances != 1 {
		t.Errorf("%d instances are said to make their connections themselves", told.OpenInstances)
	}
}

func forgetCapabilities(t *testing.T, m *machine.Machine) {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(m.Dir, "control", "database.url"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), strings.TrimSpace(string(url)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "update releases set capabilities = '{}'"); err != nil {
		t.Fatal(err)
	}
}
