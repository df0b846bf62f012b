package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// instance is what the agent keeps of the one instance of a workspace: the secrets that a thief would have.
type instance struct {
	ID  string            `json:"id"`
	UID int               `json:"uid"`
	Env map[string]string `json:"env"`

	sockets []string // on which others reach it
}

func instanceOf(t *testing.T, c *machine.Customer) instance {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.Machine.Dir, "agent", "instances", "*", "desired.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the agent keeps no instance: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var kept struct {
			Desired   instance `json:"desired"`
			SocketDir string   `json:"socket_dir"`
		}
		if err := json.Unmarshal(data, &kept); err != nil {
			t.Fatal(err)
		}
		if kept.Desired.Env["LONGHOUSE_WORKSPACE_ID"] == c.Workspace.ID {
			run := filepath.Join(c.Machine.Dir, "run", kept.SocketDir)
			kept.Desired.sockets = []string{filepath.Join(run, "edge", "s"), filepath.Join(run, "admin", "s")}
			return kept.Desired
		}
	}
	t.Fatalf("no instance of workspace %s among %v", c.Workspace.ID, files)
	return instance{}
}

func sessionDoesNotCross(t *testing.T, b *machine.Customer, tokenOfA string) {
	client := b.Client()
	client.SetToken(tokenOfA)
	if _, resp, err := client.GetMe(t.Context(), ""); err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("A's session token was taken by B: %v", err)
	}
}

func apiTokenDoesNotCross(t *testing.T, a, b *machine.Customer) {
	for _, args := range [][]string{
		{"workspaces", "show", b.Workspace.ID}, {"workspaces", "open", b.Workspace.ID}, {"workspaces", "stop", b.Workspace.ID},
		{"workspaces", "delete", b.Workspace.ID}, {"workspaces", "undelete", b.Workspace.ID}, {"operations", "show", b.Operation.ID}, {"workspaces", "show", b.Slug},
	} {
		if out, _, err := a.Machine.TryCLI(a.Token, args...); err == nil {
			t.Errorf("longhouse %s with A's token was answered: %s", strings.Join(args, " "), out)
		}
	}
	var own []struct {
		ID string `json:"id"`
	}
	a.Machine.CLI(t, a.Token, &own, "workspaces", "list")
	if len(own) != 1 || own[0].ID != a.Workspace.ID {
		t.Fatalf("A lists %+v", own)
	}
}

// source is where the database of a workspace is.
func source(t *testing.T, c *machine.Customer) *url.URL {
	t.Helper()
	u, err := url.Parse(instanceOf(t, c).Env["MM_SQLSETTINGS_DATASOURCE"])
	if err != nil {
		t.Fatal("the data source is no URL")
	}
	return u
}

func databaseDoesNotCross(t *testing.T, a, b *machine.Customer) {
	own, foreign := source(t, a), source(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, own.String())
	if err != nil {
		t.Fatalf("A's role can't enter its own database, so this test shows nothing: %v", err)
	}
	_ = conn.Close(ctx)
	for _, name := range []string{strings.TrimPrefix(foreign.Path, "/"), "postgres", "template1", "local_template"} {
		aim := *own
		aim.Path = "/" + name
		if conn, err := pgx.Connect(ctx, aim.String()); err == nil {
			_ = conn.Close(ctx)
			t.Errorf("A's role entered database %s", name)
		}
	}
}

func keysDoNotCross(t *testing.T, a, b *machine.Customer, roomB room) {
	envA, envB := instanceOf(t, a).Env, instanceOf(t, b).Env
	client := func(prefix string) *s3.Client {
		return s3.New(s3.Options{
			Region: envA["MM_FILESETTINGS_AMAZONS3REGION"], UsePathStyle: true,
			BaseEndpoint: aws.String("http://" + envA["MM_FILESETTINGS_AMAZONS3ENDPOINT"]),
			Credentials: credentials.NewStaticCredentialsProvider(
				envA["MM_FILESETTINGS_"+prefix+"ACCESSKEYID"], envA["MM_FILESETTINGS_"+prefix+"SECRETACCESSKEY"], ""),
		})
	}
	files, exports := client("AMAZONS3"), client("EXPORTAMAZONS3")
	ownFiles, ownExports := envA["MM_FILESETTINGS_AMAZONS3BUCKET"], envA["MM_FILESETTINGS_EXPORTAMAZONS3BUCKET"]
	ctx := t.Context()
	if list, err := files.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &ownFiles}); err != nil || len(list.Contents) == 0 {
		t.Fatalf("A's keys don't list A's files, so this test shows nothing: %v", err)
	}
	for name, try := range map[string]struct {
		client *s3.Client
		bucket string
	}{
		"files of B by A's files keys":     {files, envB["MM_FILESETTINGS_AMAZONS3BUCKET"]},
		"exports of B by A's exports keys": {exports, envB["MM_FILESETTINGS_EXPORTAMAZONS3BUCKET"]},
		"exports of A by A's files keys":   {files, ownExports},
		"files of A by A's exports keys":   {exports, ownFiles},
		"the cell's backups":               {files, "local-backup"},
	} {
		if _, err := try.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &try.bucket}); err == nil {
			t.Errorf("%s: listed", name)
		}
		if _, err := try.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &try.bucket, Key: aws.String("x"), Body: bytes.NewReader([]byte("x"))}); err == nil {
			t.Errorf("%s: written", name)
		}
		if _, err := try.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &try.bucket, Key: aws.String("x")}); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	atRest(t, a.Machine, "smoke smoke smoke")
}

// atRest fails when what was written in a workspace can be read in the object store's files.
func atRest(t *testing.T, m *machine.Machine, text string) {
	t.Helper()
	var found int
	err := filepath.WalkDir(filepath.Join(m.Dir, "objects", "data"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		found++
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(text)) {
			t.Errorf("%s holds a file's content in the clear", path)
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("walked %d files of the object store: %v", found, err)
	}
}

// socketDoesNotCross tries B's sockets, and its files, as the user that A's instance runs as.
func socketDoesNotCross(t *testing.T, a, b *machine.Customer) {
	inA, inB := instanceOf(t, a), instanceOf(t, b)
	if inA.UID == inB.UID {
		t.Fatalf("both instances run as user %d", inA.UID)
	}
	if os.Geteuid() != 0 {
		// The documented weaker mode: everything runs as one user, and the sockets' names are all that is secret.
		return
	}
	for _, socket := range inB.sockets {
		const control = 300002
		admin := strings.HasSuffix(socket, "/admin/s")
		if err := connectAs(control, socket); (err == nil) != admin {
			t.Errorf("the control plane's user at %s: %v", socket, err)
		}
		if err := connectAs(inA.UID, socket); !errors.Is(err, syscall.EACCES) {
			t.Errorf("A's user at %s: %v, not permission denied", socket, err)
		}
		// Root may, so it was the border that kept A out, and not a wrong name.
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Errorf("nobody listens at %s: %v", socket, err)
			continue
		}
		_ = conn.Close()
	}
}

// connectAs connects to a unix socket with the file rights of a user who is not root.
func connectAs(uid int, socket string) error {
	result := make(chan error)
	go func() {
		// Only this thread becomes the user, and it is never unlocked: it ends with the goroutine.
		runtime.LockOSThread()
		result <- func() error {
			_ = syscall.Setfsgid(uid)
			_ = syscall.Setfsuid(uid)
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer func() { _ = syscall.Close(fd) }()
			return syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket})
		}()
	}()
	return <-result
}
