package scenario

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// passwordOpens gives the first admin, who came by a link and has no password, one to sign in with as every client does.
func passwordOpens(t *testing.T, c *machine.Customer, admin member) {
	ctx := t.Context()
	page := browse(t, c, c.Open(t).URL)
	if !strings.Contains(page, "Set a password") || !strings.Contains(page, c.Email) || !strings.Contains(page, c.Workspace.URL+"</code>") {
		t.Errorf("the link leads to a page without a way to a password: %s", page)
	}
	password := rand.Text()
	if _, err := admin.UpdateUserPassword(ctx, admin.user.Id, "", password); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{c.Email, admin.user.Username} {
		client := c.Client()
		me := must[*model.User](t)(client.Login(ctx, name, password))
		if me.Id != admin.user.Id || !me.IsSystemAdmin() || client.AuthToken == "" {
			t.Errorf("%s signed in as %s with roles %q", name, me.Username, me.Roles)
		}
		must[*model.User](t)(client.GetMe(ctx, ""))
	}
	if resp, err := admin.UpdateUserPassword(ctx, admin.user.Id, "", rand.Text()); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("the password was set anew without the current one: %v", err)
	}
	if page := browse(t, c, c.Open(t).URL); !strings.Contains(page, "Change your password") {
		t.Errorf("the page offers no change of the password: %s", page)
	}
}

// hashesAreDear looks at what is kept, as tests of packages have cheap hashes.
func hashesAreDear(t *testing.T, c *machine.Customer) {
	if kept := c.Machine.Value(t, "select password_hash from persons where email = '"+c.Email+"'"); !strings.HasPrefix(kept, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Error("the control plane keeps a password under another hash, or a cheaper one")
	}
	conn, err := pgx.Connect(t.Context(), source(t, c).String())
	if err != nil {
		t.Fatal("A's role can't enter its own database")
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var kept string
	if err := conn.QueryRow(t.Context(), "select password_hash from users where email = $1", c.Email).Scan(&kept); err != nil || !strings.HasPrefix(kept, "$2a$10$") {
		t.Errorf("the workspace keeps a password under another hash, or a cheaper one: %v", err)
	}
}

// browse follows an address as a browser does, and keeps cookies on the way.
func browse(t *testing.T, c *machine.Customer, url string) string {
	t.Helper()
	browser := c.Machine.HTTP()
	browser.Jar, _ = cookiejar.New(nil)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	req.Header.Set("Accept", "text/html")
	status, page := ask(t, browser, req)
	if status != http.StatusOK {
		t.Fatalf("the link answered %d: %s", status, page)
	}
	return page
}

// linkWorksOnce follows a link twice, and one that nobody made, as a program and as a browser.
func linkWorksOnce(t *testing.T, c *machine.Customer) {
	link := c.Open(t)
	follow := func(url, accept string) (int, string) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		req.Header.Set("Accept", accept)
		return ask(t, c.Machine.HTTP(), req)
	}
	if status, body := follow(link.URL, "application/json"); status != http.StatusOK {
		t.Fatalf("the link answered %d: %s", status, body)
	}
	invented := c.Workspace.URL + "/longhouse/sign-in?t=" + strings.Repeat("y", 26)
	for name, url := range map[string]string{"a used link": link.URL, "an invented link": invented} {
		status, body := follow(url, "application/json")
		var problem struct {
			Message string `json:"message"`
		}
		if err := json.Unmarshal([]byte(body), &problem); err != nil || status != http.StatusGone || !strings.Contains(problem.Message, "Ask for a new one") {
			t.Errorf("%s answered a program with %d %s", name, status, body)
		}
		if status, page := follow(url, "text/html"); status != http.StatusGone || !strings.Contains(page, "<html") || !strings.Contains(page, "Ask for a new one") {
			t.Errorf("%s answered a person with %d %s", name, status, page)
		}
	}
	client := c.Client()
	client.SetToken(link.Token)
	if _, _, err := client.GetMe(t.Context(), ""); err != nil {
		t.Fatalf("the token beside the link is no session token: %v", err)
	}
}

// linkWorksThroughTheEdgeOnly tries a fresh link at the control plane's own sockets, which must leave it unused, and the
// control plane's routes through the edge.
func linkWorksThroughTheEdgeOnly(t *testing.T, c *machine.Customer) {
	link := c.Open(t).URL
	path := strings.TrimPrefix(link, c.Workspace.URL)
	tried := 0
	for _, socket := range instanceOf(t, c).sockets {
		if !strings.HasSuffix(socket, "/admin/s") {
			continue
		}
		tried++
		if status, body := askSocket(t, socket, path); status != http.StatusUnauthorized || strings.Contains(body, "user_id") {
			t.Errorf("the admin socket answered a sign-in link with %d %s", status, body)
		}
	}
	if tried == 0 {
		t.Fatal("no admin socket was tried, so this test shows nothing")
	}
	for _, admin := range []string{"/admin/v1/status", "/metrics"} {
		if resp, body := get(t, c.Machine, c.Workspace.URL+admin); resp.StatusCode != http.StatusNotFound {
			t.Errorf("the edge answered %s with %s %s", admin, resp.Status, body)
		}
	}
	browse(t, c, link)
}

func askSocket(t *testing.T, socket, path string) (status int, body string) {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://admin"+path, nil)
	req.Header.Set("Accept", "application/json")
	return ask(t, client, req)
}

func ask(t *testing.T, client *http.Client, req *http.Request) (status int, body string) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
