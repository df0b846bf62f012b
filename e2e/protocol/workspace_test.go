package protocol

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

const workspaceID = "ws_protocoltest"

// binary is the chat server, built once. TestMain removes it.
var (
	buildDir string
	binary   = sync.OnceValues(func() (string, error) {
		path := filepath.Join(buildDir, "workspace-server")
		build := exec.Command("go", "build", "-o", path, "github.com/longhouse-dev/longhouse/cmd/workspace-server")
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build: %w\n%s", err, out)
		}
		return path, nil
	})
)

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "lh"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

// workspace is a running chat server with its own database and bucket.
type workspace struct {
	t     *testing.T
	env   []string
	url   string
	web   *http.Client
	admin *http.Client
	key   ed25519.PrivateKey
	cmd   *exec.Cmd
	log   *lines
	ended chan error
}

// start runs migrate and serve, as its host does, and waits for the first answer.
func start(t *testing.T, extra ...string) *workspace {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "lh") // a short path: sockets have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	public, private, _ := ed25519.GenerateKey(nil)
	w := &workspace{t: t, key: private, url: "http://" + freeAddress(t)}
	control := filepath.Join(dir, "admin.sock")
	w.admin = unixClient(control)
	w.env = append(bucket(t),
		"MM_SQLSETTINGS_DRIVERNAME=postgres", "MM_SQLSETTINGS_DATASOURCE="+testdb.New(t),
		"MM_SERVICESETTINGS_SITEURL="+w.url, "MM_SERVICESETTINGS_LISTENADDRESS="+strings.TrimPrefix(w.url, "http://"),
		"LONGHOUSE_ADMIN_LISTEN=unix:"+control, "LONGHOUSE_WORKSPACE_ID="+workspaceID,
		"LONGHOUSE_CONTROL_KEY="+base64.StdEncoding.EncodeToString(public), "LONGHOUSE_DRAIN_SECONDS=0", "PATH="+os.Getenv("PATH"))
	w.env = append(w.env, extra...)
	w.web = http.DefaultClient
	for _, e := range extra {
		if path, ok := strings.CutPrefix(e, "MM_SERVICESETTINGS_LISTENADDRESS=unix:"); ok {
			w.web = unixClient(path)
		}
	}
	migrate := exec.Command(bin, "migrate")
	migrate.Env = w.env
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	w.serve()
	t.Cleanup(w.stop)
	return w
}

// beside starts another instance of the same workspace.
func (w *workspace) beside() *workspace {
	w.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { os.RemoveAll(dir) })
	control := filepath.Join(dir, "admin.sock")
	other := &workspace{t: w.t, key: w.key, url: "http://" + freeAddress(w.t), web: http.DefaultClient, admin: unixClient(control)}
	other.env = append(slices.Clone(w.env), "MM_SERVICESETTINGS_LISTENADDRESS="+strings.TrimPrefix(other.url, "http://"), "LONGHOUSE_ADMIN_LISTEN=unix:"+control)
	other.serve()
	w.t.Cleanup(other.stop)
	return other
}

// meet waits until two instances hear each other, as whoever starts one beside another does.
func meet(a, b *workspace) {
	a.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
		_, one := a.control(a.token(workspaceID, time.Minute), http.MethodGet, "/admin/v1/status", nil)
		_, other := b.control(b.token(workspaceID, time.Minute), http.MethodGet, "/admin/v1/status", nil)
		if one["beside"] == 1.0 && other["beside"] == 1.0 {
			return
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("the instances never heard each other: %v, %v", one, other)
		}
	}
}

func (w *workspace) serve() {
	w.t.Helper()
	bin, _ := binary()
	w.log = &lines{}
	w.cmd = exec.Command(bin, "serve")
	w.cmd.Env, w.cmd.Stderr = w.env, w.log
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.ended = make(chan error, 1)
	go func() { w.ended <- w.cmd.Wait() }()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		answer, err := w.web.Get(w.url + "/api/v4/system/ping")
		if err == nil {
			answer.Body.Close()
			return
		}
		select {
		case err := <-w.ended:
			w.t.Fatalf("serve ended: %v\n%s", err, w.log)
		default:
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("serve does not answer\n%s", w.log)
		}
	}
}

// stop asks the server to drain and fails the test when it doesn't end well.
func (w *workspace) stop() {
	if w.cmd == nil {
		return
	}
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-w.ended:
		if err != nil {
			w.t.Errorf("serve ended with %v\n%s", err, w.log)
		}
	case <-time.After(30 * time.Second):
		_ = w.cmd.Process.Kill()
		w.t.Errorf("serve does not drain\n%s", w.log)
	}
	w.cmd = nil
	if w.t.Failed() {
		w.t.Logf("server log:\n%s", w.log)
	}
}

// token is what the control plane signs for one call.
func (w *workspace) token(audience string, life time.Duration) string {
	claims := jwt.RegisteredClaims{Subject: "op_test", Audience: jwt.ClaimStrings{audience}, ExpiresAt: jwt.NewNumericDate(time.Now().Add(life))}
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// control makes a call on the admin socket.
func (w *workspace) control(token, method, path string, in any) (status int, out map[string]any) {
	w.t.Helper()
	text, _ := json.Marshal(in)
	request, _ := http.NewRequestWithContext(w.t.Context(), method, "http://admin"+path, bytes.NewReader(text))
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := w.admin.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, _ := io.ReadAll(answer.Body)
	if json.Unmarshal(raw, &out) != nil {
		out = map[string]any{"text": string(raw)}
	}
	return answer.StatusCode, out
}

// firstAdmin makes the workspace's first account and answers its id.
func (w *workspace) firstAdmin() string {
	w.t.Helper()
	status, out := w.control(w.token(workspaceID, time.Minute), http.MethodPut, "/admin/v1/first-admin", map[string]string{"email": "ada@example.com", "username": "ada"})
	if status != http.StatusOK {
		w.t.Fatalf("first-admin: %d %v", status, out)
	}
	return out["user_id"].(string)
}

// bucket makes a bucket that only this workspace may open, and the settings that lead to it.
func bucket(t *testing.T) []string {
	store := storetest.Start(t)
	const access, secret = "protocolkey", "protocolsecret-0123456789"
	if err := store.Admin.PutCredential(t.Context(), access, secret); err != nil {
		t.Fatal(err)
	}
	if err := store.Admin.PutBucket(t.Context(), "files", access, "key"); err != nil {
		t.Fatal(err)
	}
	const p = "MM_FILESETTINGS_AMAZONS3"
	return []string{"MM_FILESETTINGS_DRIVERNAME=amazons3", p + "ENDPOINT=" + store.Endpoint, p + "SSL=false", p + "REGION=local",
		p + "BUCKET=files", p + "ACCESSKEYID=" + access, p + "SECRETACCESSKEY=" + secret}
}

func unixClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// lines collects what a process writes.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
