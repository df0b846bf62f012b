package deletion

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

func certified(t *testing.T, m *machine.Machine, neighbour, n tenant, tr traces) {
	file := filepath.Join(t.TempDir(), "certificate")
	m.CLI(t, n.Token, nil, "workspaces", "certificate", n.Slug, "--out", file)
	var key struct {
		Key string `json:"key"`
	}
	m.CLI(t, "", &key, "workspaces", "certificate-key")
	var c struct {
		Workspace struct{ ID, Slug string }
		AskedBy   string `json:"asked_by"`
		Name      string `json:"asked_by_name"`
		Removed   []struct {
			Kind, Name, Observed string
			RemovedAt            time.Time `json:"removed_at"`
			ObservedAt           time.Time `json:"observed_at"`
			Objects, Bytes       *int64
		}
		Ages []struct {
			What  string
			Until time.Time
		}
	}
	m.CLI(t, "", &c, "workspaces", "verify-certificate", "--file", file, "--public-key", key.Key)
	if c.Workspace.ID != n.Workspace.ID || c.Workspace.Slug != n.Slug || !strings.HasPrefix(c.AskedBy, "per_") || c.Name != n.Email {
		t.Errorf("it is about %+v", c)
	}
	var named []string
	for _, r := range c.Removed {
		named = append(named, r.Kind+" "+r.Name)
		if r.Observed == "" || r.RemovedAt.IsZero() || r.ObservedAt.Before(r.RemovedAt) {
			t.Errorf("%+v", r)
		}
		if r.Kind+r.Name == "bucket"+tr.FilesBucket && (r.Objects == nil || *r.Objects != 1 || *r.Bytes != int64(len(n.uploaded))) {
			t.Errorf("the bucket of files was %+v, want 1 object of %d bytes", r, len(n.uploaded))
		}
	}
	for _, want := range []string{"route " + n.Workspace.ID, "instance " + tr.Instance, "database " + tr.Database, "role " + tr.Role, "bucket " + tr.FilesBucket,
		"bucket " + tr.ExportsBucket, "credential " + tr.FilesAccess, "credential " + tr.ExportsAccess, "key " + tr.Key} {
		if !slices.Contains(named, want) {
			t.Errorf("%s is not among %q", want, named)
		}
	}
	if len(c.Ages) == 0 || c.Ages[0].What != "slug "+n.Slug || c.Ages[0].Until.Before(time.Now().AddDate(0, 0, 89)) {
		t.Errorf("what is left: %+v", c.Ages)
	}
	left := map[string]time.Time{}
	for _, a := range c.Ages {
		left[a.What] = a.Until
	}
	for what, days := range map[string]int{"backups of the control plane": 30, "log of webhooks' deliveries": 30, "desired.json of its instances": 1} {
		if until := left[what]; until.Before(time.Now().AddDate(0, 0, days).Add(-time.Hour)) || until.After(time.Now().AddDate(0, 0, days).Add(3*time.Hour)) {
			t.Errorf("%s: until %s, want in %d days", what, until, days)
		}
	}
	for _, what := range []string{"routes.journal of each edge", "replaced-<time> folders"} {
		if _, named := left[what]; !named {
			t.Errorf("%s is not named in %+v", what, c.Ages)
		}
	}
	for who, token := range map[string]string{"operator": m.Operator(t), "neighbour": neighbour.Token} {
		if _, _, err := m.TryCLI(token, "workspaces", "certificate", n.Workspace.ID); (err == nil) != (who == "operator") {
			t.Errorf("to the %s it is shown: %v", who, err)
		}
	}
	standsInTheTrail(t, n, file)
	refusedWhenChanged(t, m, file, key.Key)
}

func standsInTheTrail(t *testing.T, n tenant, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bytes.TrimSpace(data))
	var events []struct {
		Action  string            `json:"action"`
		Details map[string]string `json:"details"`
	}
	n.Machine.CLI(t, n.Token, &events, "audit", "list")
	for _, e := range events {
		if e.Action == "workspace.certify" && e.Details["sha256"] == hex.EncodeToString(sum[:]) {
			return
		}
	}
	t.Errorf("the certificate's hash is not in the audit trail: %+v", events)
}

func refusedWhenChanged(t *testing.T, m *machine.Machine, file, key string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, err := m.TryCLI("", "workspaces", "verify-certificate", "--file", file, "--public-key", key); err == nil || !strings.Contains(string(stderr), "refused") {
		t.Errorf("a changed certificate: %v %s", err, stderr)
	}
}
