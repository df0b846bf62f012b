package guides

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// byHandPage has commands for a machine of which nothing but the object store is left.
const byHandPage = "docs/restore-by-hand.md"

// TestAWorkspaceIsRestoredByHand has a workspace with posts and files, loses the machine, and gives the commands of the page.
func TestAWorkspaceIsRestoredByHand(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	oak := m.Settle(t, "oak")
	for i := range 300 { // lists of the dump's chunks are in chunks
		oak.Say(t, "before "+strconv.Itoa(i)+strings.Repeat(" word"+strconv.Itoa(i*7919), 40))
	}
	sent := map[string]string{}
	for name, size := range map[string]int{"small.txt": 20, "large.bin": 6 << 20, "empty words.txt": 1} {
		sent[name] = attach(t, oak, name, random(size))
	}
	m.CLI(t, oak.Token, nil, "workspaces", "backup", "oak", "--wait")
	oak.Say(t, "between the backups")
	sent["later.txt"] = attach(t, oak, "later.txt", random(300_000))
	m.CLI(t, oak.Token, nil, "workspaces", "backup", "oak", "--wait")
	oak.Say(t, "after the backups")
	ash := m.SignUp(t, "ash") // whose backup is in the same bucket
	m.CLI(t, ash.Token, nil, "workspaces", "backup", "ash", "--wait")
	m.Interrupt(t)

	target := restoreByHand(t, m, oak.Workspace.ID)
	if n := count(t, target, "select count(*) from posts where message like 'before %'"); n != 300 {
		t.Errorf("of 300 posts %d are there", n)
	}
	if n := count(t, target, "select count(*) from posts where message = 'between the backups'"); n != 1 {
		t.Errorf("the post between the backups is there %d times", n)
	}
	if n := count(t, target, "select count(*) from posts where message = 'after the backups'"); n != 0 {
		t.Errorf("the post after the backups is there %d times", n)
	}
	got := target.sums(t)
	for name, want := range sent {
		if got[name] != want {
			t.Errorf("%s has the SHA-256 %q, and had %q", name, got[name], want)
		}
	}
	if len(got) != len(sent) {
		t.Errorf("there are %d files, not %d", len(got), len(sent))
	}
}

// attach sends a file with a post, and returns its SHA-256.
func attach(t *testing.T, to *machine.Team, name string, content []byte) string {
	t.Helper()
	up, _, err := to.Session.UploadFile(t.Context(), content, to.Channel, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := to.Session.CreatePost(t.Context(), &model.Post{ChannelId: to.Channel, Message: "with " + name, FileIds: []string{up.FileInfos[0].Id}}); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

// restored is what the commands brought back.
type restored struct {
	dir  string
	conn *pgx.Conn
}

// restoreByHand gives the commands of the page, in an empty folder, with a copy of the store's folder.
func restoreByHand(t *testing.T, m *machine.Machine, workspace string) restored {
	t.Helper()
	left := filepath.Join(filepath.Dir(m.Dir), "left")
	if err := os.Mkdir(left, 0o711); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("cp", "--archive", filepath.Join(m.Dir, "objects"), left).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	server, err := pgx.ParseConfig(testdb.Cluster(t).AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	steps := stepsOf(read(t, byHandPage))
	if len(steps) != 1 || steps[0].hand != "" {
		t.Fatalf("%d steps", len(steps))
	}
	r := restored{dir: t.TempDir()}
	c := exec.CommandContext(t.Context(), "bash", "-c", "trap 'kill ${store:-} 2>/dev/null' EXIT\n"+steps[0].commands)
	c.Dir = r.dir
	c.Env = []string{"HOME=" + r.dir, "DIR=" + left, "WORKSPACE=" + workspace, "PATH=" + m.Bin + ":" + os.Getenv("PATH"), "LC_ALL=C.UTF-8",
		"PGHOST=" + server.Host, "PGPORT=" + strconv.Itoa(int(server.Port)), "PGUSER=" + server.User, "PGPASSWORD=" + server.Password}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(r.dir, "store.log"))
		t.Fatalf("the commands of %s: %v\n%s\n%s", byHandPage, err, said.Bytes(), log)
	}
	if strings.Contains(said.String(), "AGE-SECRET-KEY") {
		t.Error("a key was printed")
	}
	for _, secret := range []string{"keys", "chunks", "kept", "names"} {
		if _, err := os.Stat(filepath.Join(r.dir, secret)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", secret, err)
		}
	}
	server.Database = "restored"
	if r.conn, err = pgx.ConnectConfig(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.conn.Close(t.Context()) })
	return r
}

func count(t *testing.T, r restored, query string) (n int) {
	t.Helper()
	if err := r.conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// sums are those of the files that somebody sent, by their names.
func (r restored) sums(t *testing.T) map[string]string {
	t.Helper()
	list, err := os.Open(filepath.Join(r.dir, "called"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	sums := map[string]string{}
	for lines := json.NewDecoder(list); lines.More(); {
		var line struct{ Name, File string }
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(r.dir, line.File))
		if err != nil {
			t.Error(err)
		}
		sum := sha256.Sum256(content)
		sums[line.Name] = hex.EncodeToString(sum[:])
	}
	return sums
}
