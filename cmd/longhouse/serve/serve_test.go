package serve

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
)

func TestRolesAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Role{"api": {API}, "api,worker": {API, Worker}, " edge , api ": {Edge, API}} {
		if got, err := ParseRoles(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, named := range map[string]string{"": `""`, "api,": `""`, "api,cook": `"cook"`, "API": `"API"`, "api worker": `"api worker"`} {
		_, err := ParseRoles(text)
		if want := "there is no role " + named + "; allowed are [api worker edge], separated by commas"; err == nil || err.Error() != want {
			t.Errorf("%q: err = %v, want %s", text, err, want)
		}
	}
}

func TestPublicAddressLeavesTheSchemesOwnPortOut(t *testing.T) {
	t.Parallel()
	for listen, port := range map[string]int{"127.0.0.1:8065": 8065, ":80": 0, "[::1]:80": 0, "0.0.0.0:443": 443} {
		got, err := publicAddress(datadir.Settings{EdgeHTTP: listen})
		if want := (provisioner.PublicAddress{Scheme: "http", Port: port}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", listen, got, err)
		}
	}
	for listen, port := range map[string]int{"127.0.0.1:8443": 8443, ":443": 0, ":80": 80} {
		got, err := publicAddress(datadir.Settings{EdgeHTTP: "127.0.0.1:80", EdgeHTTPS: listen})
		if want := (provisioner.PublicAddress{Scheme: "https", Port: port}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", listen, got, err)
		}
	}
	for listen, want := range map[string]string{"8065": "not of the form host:port", "127.0.0.1:http": `port "http" is not a number`} {
		if _, err := publicAddress(datadir.Settings{EdgeHTTP: listen}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: err = %v", listen, err)
		}
	}
}

func TestVariablesWinOverSettings(t *testing.T) {
	file := datadir.Settings{BaseDomain: "longhouse.localhost", Blanks: 4, Lease: datadir.Duration{Duration: time.Second}}
	if got, err := override(file); err != nil || got != file {
		t.Errorf("without variables: %+v, %v", got, err)
	}
	t.Setenv("LONGHOUSE_BLANKS", "0")
	t.Setenv("LONGHOUSE_LEASE", "300ms")
	want := file
	want.Blanks, want.Lease.Duration = 0, 300*time.Millisecond
	if got, err := override(file); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct{ name, value, good, want string }{
		{"LONGHOUSE_BLANKS", "", "0", `LONGHOUSE_BLANKS="": must be a number from 0 to 1000`},
		{"LONGHOUSE_BLANKS", "1001", "0", `LONGHOUSE_BLANKS="1001": must be`},
		{"LONGHOUSE_BLANKS", "-1", "0", `LONGHOUSE_BLANKS="-1": must be`},
		{"LONGHOUSE_LEASE", "10", "1s", `LONGHOUSE_LEASE="10": must be a duration from 100ms to 10m`},
		{"LONGHOUSE_LEASE", "99ms", "1s", `LONGHOUSE_LEASE="99ms": must be`},
		{"LONGHOUSE_LEASE", "11m", "1s", `LONGHOUSE_LEASE="11m": must be`},
	} {
		t.Setenv(c.name, c.value)
		if _, err := override(file); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("err = %v, want %s", err, c.want)
		}
		t.Setenv(c.name, c.good)
	}
}

func TestRunSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	l := datadir.Layout{Root: t.TempDir()}
	log := slog.New(slog.DiscardHandler)
	if err := Run(t.Context(), l, Process{Roles: []Role{API}}, log); err == nil || !strings.Contains(err.Error(), l.SettingsFile()) {
		t.Errorf("err = %v", err)
	}
	if err := Run(t.Context(), l, Process{Roles: []Role{API}, Standby: true}, log); err == nil || !strings.Contains(err.Error(), "only a worker can stand by") {
		t.Errorf("err = %v", err)
	}
	for _, p := range []Process{{Roles: []Role{API, Worker}}, {Roles: []Role{Worker}, Standby: true}} {
		p.Share = provisioner.Suspects
		if err := Run(t.Context(), l, p, log); err == nil || !strings.Contains(err.Error(), "operations suspects: only a process with the role worker alone") {
			t.Errorf("err = %v", err)
		}
	}
	if err := l.WriteSettings(datadir.Settings{UIDBase: 310000, EdgeHTTP: "127.0.0.1:0", API: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), l, Process{Roles: []Role{API, Worker}}, log); err == nil || !strings.Contains(err.Error(), l.ControlDatabase()) {
		t.Errorf("err = %v", err)
	}
}

func TestErrorAboutASecretDoesNotTellIt(t *testing.T) {
	t.Parallel()
	l := datadir.Layout{Root: t.TempDir()}
	if err := os.MkdirAll(filepath.Dir(l.ControlDatabase()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.ControlDatabase(), []byte("postgres://longhouse:p4ssw0rd@%zz/longhouse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openControl(t.Context(), l, datadir.Settings{}, connectionsOfOne, slog.New(slog.DiscardHandler))
	if err == nil || strings.Contains(err.Error(), "p4ssw0rd") {
		t.Errorf("err = %v", err)
	}
}
