package provisioner

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/terraform"
)

var someStorage = dbsql.Storage{DatabaseName: "ws_d", RoleName: "ws_r", FilesBucket: "files-b", ExportsBucket: "exports-b",
	FilesAccess: "files-a", ExportsAccess: "exports-a"}

var someSecrets = secrets{Database: "needle-database/@?", Files: "needle-files", Exports: "needle-exports"}

func someCell() *Cell {
	return &Cell{
		Outputs: terraform.CellOutputs{
			Database:    terraform.Database{Host: "/run/a socket", Port: 5433},
			ObjectStore: terraform.ObjectStore{Endpoint: "127.0.0.1:9000", Region: "local"},
		},
		Edge: PublicAddress{Scheme: "http", Port: 8065}, Mail: MailServer{Host: "127.0.0.1", Port: 2525, From: "no-reply@longhouse.test"},
		PushProxy: "https://push.example.com", Control: NewSigner([32]byte{1}), Internet: "10.1.0.0/16,fd00::/8",
	}
}

func TestEnvironmentIsTheWholeContract(t *testing.T) {
	t.Parallel()
	cell := someCell()
	env := cell.environment(someStorage, someSecrets, "ws_1", "acme.longhouse.test")
	want := map[string]string{
		"MM_SQLSETTINGS_DRIVERNAME": "postgres", "MM_SQLSETTINGS_DATASOURCE": cell.dataSource(someStorage, someSecrets),
		"MM_SERVICESETTINGS_SITEURL": "http://acme.longhouse.test:8065",

		"MM_FILESETTINGS_DRIVERNAME": "amazons3", "MM_FILESETTINGS_AMAZONS3ENDPOINT": "127.0.0.1:9000",
		"MM_FILESETTINGS_AMAZONS3REGION": "local", "MM_FILESETTINGS_AMAZONS3SSL": "false", "MM_FILESETTINGS_AMAZONS3BUCKET": "files-b",
		"MM_FILESETTINGS_AMAZONS3ACCESSKEYID": "files-a", "MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY": "needle-files",

		"MM_FILESETTINGS_DEDICATEDEXPORTSTORE": "true", "MM_FILESETTINGS_EXPORTDRIVERNAME": "amazons3",
		"MM_FILESETTINGS_EXPORTAMAZONS3ENDPOINT": "127.0.0.1:9000", "MM_FILESETTINGS_EXPORTAMAZONS3REGION": "local",
		"MM_FILESETTINGS_EXPORTAMAZONS3SSL": "false", "MM_FILESETTINGS_EXPORTAMAZONS3BUCKET": "exports-b",
		"MM_FILESETTINGS_EXPORTAMAZONS3ACCESSKEYID": "exports-a", "MM_FILESETTINGS_EXPORTAMAZONS3SECRETACCESSKEY": "needle-exports",

		"MM_EMAILSETTINGS_SMTPSERVER": "127.0.0.1", "MM_EMAILSETTINGS_SMTPPORT": "2525", "MM_EMAILSETTINGS_FEEDBACKEMAIL": "no-reply@longhouse.test",
		"MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS": "true", "MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER": "https://push.example.com",
		"MM_LOGSETTINGS_CONSOLELEVEL": "INFO", "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS": "10.1.0.0/16 fd00::/8",

		"LONGHOUSE_WORKSPACE_ID": "ws_1", "LONGHOUSE_CONTROL_KEY": cell.Control.PublicKey(),
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if env[name] != want[name] {
			t.Errorf("%s is %q, want %q", name, env[name], want[name])
		}
	}
	for name := range env {
		if _, known := want[name]; !known {
			t.Errorf("%s is not in the contract", name)
		}
	}
}

// The engine alone decides where an instance listens, and refuses descriptions that say so too.
func TestEnvironmentIsOneThatEnginesTake(t *testing.T) {
	t.Parallel()
	d := workload.Desired{ID: id.Show(id.Instance, id.New()), Generation: 1, Binary: "/bin/true", SHA256: strings.Repeat("0", 64),
		Env: someCell().environment(someStorage, someSecrets, "ws_1", "acme.longhouse.test")}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDataSourceOpensTheStoragesDatabase(t *testing.T) {
	t.Parallel()
	cell := someCell()
	got, err := pgx.ParseConfig(cell.dataSource(someStorage, someSecrets))
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != "/run/a socket" || got.Port != 5433 || got.User != "ws_r" || got.Password != someSecrets.Database || got.Database != "ws_d" {
		t.Errorf("host %q, port %d, user %q, password as given: %t, database %q", got.Host, got.Port, got.User,
			got.Password == someSecrets.Database, got.Database)
	}
}

func TestEnvironmentPrintsNoSecret(t *testing.T) {
	t.Parallel()
	env := someCell().environment(someStorage, someSecrets, "ws_1", "acme.longhouse.test")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("applied", "env", env, "desired", workload.Desired{Env: env})
	for _, printed := range []string{env.String(), fmt.Sprintf("%v %+v %#v %s", env, env, env, env), fmt.Sprintf("%+v", workload.Desired{Env: env}), log.String()} {
		if strings.Contains(printed, "needle") {
			t.Errorf("a secret is printed: %s", printed)
		}
	}
}
