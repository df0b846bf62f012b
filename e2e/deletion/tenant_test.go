package deletion

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// tenant is a customer with things in the workspace that can be told from all others.
type tenant struct {
	*machine.Customer
	client   *model.Client4
	channel  string
	said     string // what a post says
	file     string // the id of a file
	uploaded []byte // what is in it
}

func settle(t *testing.T, m *machine.Machine, slug string) tenant {
	t.Helper()
	c := m.SignUp(t, slug)
	n := tenant{Customer: c, client: c.Admin(t), said: "said by " + slug + " " + rand.Text(), uploaded: []byte("kept by " + slug + " " + rand.Text())}
	team, _, err := n.client.CreateTeam(t.Context(), &model.Team{Name: slug + "-team", DisplayName: slug, Type: model.TeamOpen})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := n.client.GetChannelByName(t.Context(), "town-square", team.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	n.channel = channel.Id
	if _, _, err := n.client.CreatePost(t.Context(), &model.Post{ChannelId: n.channel, Message: n.said}); err != nil {
		t.Fatal(err)
	}
	up, _, err := n.client.UploadFile(t.Context(), n.uploaded, n.channel, "file.txt")
	if err != nil {
		t.Fatal(err)
	}
	n.file = up.FileInfos[0].Id
	return n
}

// whole returns nil when the workspace answers and has everything.
func (n tenant) whole(t *testing.T) error {
	list, _, err := n.client.GetPostsForChannel(t.Context(), n.channel, 0, 100, "", false, false)
	if err != nil {
		return err
	}
	found := false
	for _, p := range list.Posts {
		found = found || p.Message == n.said
	}
	if !found {
		return errors.New("the post is gone")
	}
	data, _, err := n.client.GetFile(t.Context(), n.file)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, n.uploaded) {
		return fmt.Errorf("the file is %q", data)
	}
	return nil
}

// traces are what a workspace is called where its things are, and what only it knows.
type traces struct {
	Instance, Database, Role, FilesBucket, ExportsBucket, FilesAccess, ExportsAccess, Key, Storage string

	socket  string
	source  string // how it reaches its database, with the password
	secrets []string
	env     map[string]string
	uid     int
}

func (n tenant) traces(t *testing.T, db *pgx.Conn) (tr traces) {
	t.Helper()
	err := db.QueryRow(t.Context(), `select s.database_name, s.role_name, s.files_bucket, s.exports_bucket, s.files_access, s.exports_access, s.key_name, i.address
		from storages s join workspaces w on w.id = s.workspace_id join instances i on i.workspace_id = w.id and i.state = 'ready'
		where w.slug = $1`, n.Slug).Scan(&tr.Database, &tr.Role, &tr.FilesBucket, &tr.ExportsBucket, &tr.FilesAccess, &tr.ExportsAccess, &tr.Key, &tr.socket)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(n.Machine.Dir, "agent", "instances", "*", "desired.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var kept struct {
			Desired struct {
				ID  string            `json:"id"`
				UID int               `json:"uid"`
				Env map[string]string `json:"env"`
			} `json:"desired"`
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &kept)
		}
		if err != nil {
			t.Fatal(err)
		}
		if env := kept.Desired.Env; env["LONGHOUSE_WORKSPACE_ID"] == n.Workspace.ID {
			tr.Instance, tr.uid, tr.env, tr.source = kept.Desired.ID, kept.Desired.UID, env, env["MM_SQLSETTINGS_DATASOURCE"]
		}
	}
	if tr.Instance == "" {
		t.Fatalf("the agent keeps no instance of %s", n.Slug)
	}
	_, password, _ := strings.Cut(strings.TrimPrefix(tr.source, "postgres://"), ":")
	password, _, _ = strings.Cut(password, "@")
	tr.secrets = []string{password, tr.env["MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY"], tr.env["MM_FILESETTINGS_EXPORTAMAZONS3SECRETACCESSKEY"]}
	return tr
}

// names are all but the sockets, by which something of the workspace would be found.
func (tr traces) names() []string {
	return []string{tr.Instance, tr.Database, tr.FilesBucket, tr.ExportsBucket, tr.Key}
}
