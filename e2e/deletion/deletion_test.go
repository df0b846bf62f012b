package deletion

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

func TestADeletedWorkspaceIsGoneAndItsNeighbourIsNot(t *testing.T) {
	m := machine.Start(t, "--blanks", "1", "--backups-kept", "30")
	control, cell := connect(t, m, "database.url"), connect(t, m, "cell.url")
	oak, ash := settle(t, m, "oak"), settle(t, m, "ash")

	t.Run("until its date it comes back with everything", func(t *testing.T) { comesBack(t, ash) })
	tr := ash.traces(t, control)
	t.Run("what is searched for is found while it is there", func(t *testing.T) { isFound(t, m, ash, tr) })
	m.CLI(t, ash.Token, nil, "workspaces", "delete", "ash", "--now", "--yes", "--wait")
	t.Run("nothing answers any more", func(t *testing.T) { answersNot(t, ash) })
	t.Run("no process, database, role, bucket or credential is left", func(t *testing.T) { cellIsEmpty(t, m, cell, tr) })
	t.Run("nothing in the data directory is left", func(t *testing.T) { directoryIsEmpty(t, m, ash, tr) })
	t.Run("only a tombstone and the held slug are left of its rows", func(t *testing.T) { onlyATombstone(t, control, ash) })
	t.Run("the certificate names everything", func(t *testing.T) { certified(t, m, oak, ash, tr) })
	t.Run("the edge's journal forgets it within a minute", func(t *testing.T) { journalForgets(t, m, ash) })
	t.Run("the neighbour has lost nothing", func(t *testing.T) {
		if err := oak.whole(t); err != nil {
			t.Error(err)
		}
	})
	t.Run("a date that comes is kept", func(t *testing.T) { dateComes(t, oak) })
	m.NoOrphans(t)
}

func connect(t *testing.T, m *machine.Machine, file string) *pgx.Conn {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(m.Dir, "control", file))
	if err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), strings.TrimSpace(string(url)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

type change struct {
	Workspace struct {
		ID       string    `json:"id"`
		State    string    `json:"state"`
		DeleteAt time.Time `json:"delete_at"`
	} `json:"workspace"`
}

func comesBack(t *testing.T, n tenant) {
	var c change
	n.Machine.CLI(t, n.Token, &c, "workspaces", "delete", n.Slug, "--at", time.Now().AddDate(0, 0, 30).Format(time.DateOnly), "--wait")
	if c.Workspace.State != "deleting" {
		t.Fatalf("it is %+v", c)
	}
	machine.Eventually(t, 5*time.Second, "the edge to say until when it can be brought back", func() error {
		status, body := get(t, n, "/api/v4/system/ping", "application/json")
		page, text := get(t, n, "/", "text/html")
		want := "can bring it back until " + c.Workspace.DeleteAt.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC"
		if status != http.StatusServiceUnavailable || page != status || !json.Valid([]byte(body)) || !strings.Contains(body, want) || !strings.Contains(text, want) {
			return fmt.Errorf("%d %s %d %s", status, body, page, text)
		}
		return nil
	})
	for _, verb := range []string{"start", "stop", "open"} {
		if _, stderr, err := n.Machine.TryCLI(n.Token, "workspaces", verb, n.Slug); err == nil || !strings.Contains(string(stderr), "deleting") {
			t.Errorf("%s: %v %s", verb, err, stderr)
		}
	}
	n.Machine.CLI(t, n.Token, nil, "workspaces", "undelete", n.Slug, "--wait")
	machine.Eventually(t, 5*time.Second, "it to be back", func() error { return n.whole(t) })
}

func isFound(t *testing.T, m *machine.Machine, n tenant, tr traces) {
	if len(processes(t, m.Dir, tr.uid)) == 0 {
		t.Error("no process runs as its user")
	}
	for _, needle := range append(tr.names(), tr.secrets...) {
		if len(outside(find(t, m.Dir, needle), "logs")) == 0 {
			t.Errorf("%s is nowhere", needle)
		}
	}
	if len(find(t, filepath.Join(m.Dir, "pg", "cell"), n.said)) == 0 {
		t.Error("the post is in no file of the database")
	}
}

func get(t *testing.T, n tenant, path, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.Workspace.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	resp, err := n.Machine.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func answersNot(t *testing.T, n tenant) {
	machine.Eventually(t, 5*time.Second, "the edge to know nothing of it", func() error {
		if status, body := get(t, n, "/", "text/html"); status != http.StatusNotFound {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
	if _, stderr, err := n.Machine.TryCLI(n.Token, "workspaces", "undelete", n.Workspace.ID); err == nil || !strings.Contains(string(stderr), "nothing is left") {
		t.Errorf("%v %s", err, stderr)
	}
}

func cellIsEmpty(t *testing.T, m *machine.Machine, cell *pgx.Conn, tr traces) {
	if found := processes(t, m.Dir, tr.uid, append(tr.names(), tr.secrets...)...); len(found) > 0 {
		t.Errorf("processes: %q", found)
	}
	var n int
	err := cell.QueryRow(t.Context(), "select (select count(*) from pg_database where datname = $1) + (select count(*) from pg_roles where rolname = $2)",
		tr.Database, tr.Role).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("%d databases and roles: %v", n, err)
	}
	if conn, err := pgx.Connect(t.Context(), tr.source); err == nil {
		_ = conn.Close(t.Context())
		t.Error("its password still opens a database")
	}
	if _, err := os.Lstat(tr.socket); !os.IsNotExist(err) {
		t.Errorf("its socket: %v", err)
	}
	client := s3.New(s3.Options{Region: tr.env["MM_FILESETTINGS_AMAZONS3REGION"], UsePathStyle: true, BaseEndpoint: aws.String("http://" + tr.env["MM_FILESETTINGS_AMAZONS3ENDPOINT"]),
		Credentials: credentials.NewStaticCredentialsProvider(tr.FilesAccess, tr.secrets[1], "")})
	if _, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &tr.FilesBucket}); err == nil || !strings.Contains(err.Error(), "InvalidAccessKeyId") {
		t.Errorf("its credential: %v", err)
	}
	m.NoOrphans(t)
}

// directoryIsEmpty finds its secrets and its content nowhere, but in what the database server has not overwritten yet,
// and its names nowhere but in logs, in the control plane's database, in the tombstone of its instance, in the certificate of its
// end, which may be archived by now, and in what the database server and the edge keep of their own past.
func directoryIsEmpty(t *testing.T, m *machine.Machine, n tenant, tr traces) {
	if found := find(t, m.Dir, tr.secrets...); len(found) > 0 {
		t.Errorf("secrets: %q", found)
	}
	if found := outside(find(t, m.Dir, n.said, string(n.uploaded)), "pg/cell/pg_wal"); len(found) > 0 {
		t.Errorf("content: %q", found)
	}
	found := outside(find(t, m.Dir, append(tr.names(), n.Workspace.ID)...), "logs", "pg/control", "pg/cell/pg_wal", "pg/cell/global",
		"agent/instances/"+tr.Instance, "edge/state", "objects/data/buckets/local-archive/objects/dcertificates")
	if len(found) > 0 {
		t.Errorf("names: %q", found)
	}
}

func journalForgets(t *testing.T, m *machine.Machine, n tenant) {
	machine.Eventually(t, time.Minute, "the edge's journal to name it no longer", func() error {
		if found := find(t, filepath.Join(m.Dir, "edge", "state"), n.Workspace.ID, n.Slug+"."); len(found) > 0 {
			return fmt.Errorf("it is named in %q", found)
		}
		return nil
	})
}

func onlyATombstone(t *testing.T, control *pgx.Conn, n tenant) {
	var state, slug string
	var days float64
	var open int
	err := control.QueryRow(t.Context(), `select w.state, s.state, extract(epoch from s.held_until - w.deleted_at) / 86400,
		(select count(*) from storages t where t.workspace_id = w.id) + (select count(*) from instances i where i.workspace_id = w.id and i.state <> 'removed')
		+ (select count(*) from routes r where r.workspace_id = w.id and (r.state <> 'gone' or cardinality(r.hosts) > 0))
		from workspaces w join slugs s on s.workspace_id = w.id where w.slug = $1`, n.Slug).Scan(&state, &slug, &days, &open)
	if err != nil || state != "deleted" || slug != "held" || days < 89.9 || days > 90.1 || open != 0 {
		t.Errorf("the workspace is %s, its slug %s for %.2f days, %d rows are open: %v", state, slug, days, open, err)
	}
}

func dateComes(t *testing.T, n tenant) {
	var c change
	n.Machine.CLI(t, n.Token, &c, "workspaces", "create", "--slug", "acorn", "--wait")
	n.Machine.CLI(t, n.Token, nil, "workspaces", "delete", "acorn", "--at", time.Now().Add(4*time.Second).Format(time.RFC3339), "--yes", "--wait")
	machine.Eventually(t, time.Minute, "it to be deleted at its date", func() error {
		var ws struct {
			State string `json:"state"`
		}
		n.Machine.CLI(t, n.Token, &ws, "workspaces", "show", c.Workspace.ID)
		if ws.State != "deleted" {
			return fmt.Errorf("it is %s", ws.State)
		}
		return nil
	})
	n.Machine.CLI(t, n.Token, nil, "workspaces", "certificate", c.Workspace.ID)
}
