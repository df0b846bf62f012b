package controlplane

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/tenants"
)

const consoleUser = "abcdefghijklmnopqrstuvwxyz"

// instanceOf has a workspace run, and returns its instance's secret.
func (b *bundle) instanceOf(workspace string, uid int) string {
	b.t.Helper()
	ws, err := id.Parse(id.Workspace, workspace)
	b.must(err)
	secret, hash := tenants.NewInstanceToken()
	for _, statement := range []string{"update workspaces set state = 'running' where id = $1 and $2::bytea is not null and $3 > 0",
		"insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at, control_token_hash) select gen_random_uuid(), id, cell_id, release_id, $3, 1, 'ready', '', '', now(), $2 from workspaces where id = $1"} {
		_, err := b.pool.Exec(b.t.Context(), statement, ws, hash, uid)
		b.must(err)
	}
	return secret
}

// asWorkspace asks what a workspace asks.
func (b *bundle) asWorkspace(method, path, secret, body string) (int, string) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	b.server.Workspaces().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func saveOf(networks ...string) string {
	save := upcall.Save{User: upcall.User{ID: consoleUser, Name: "ada"}, From: "203.0.113.9", Rules: []upcall.IPRule{}}
	for _, network := range networks {
		save.Rules = append(save.Rules, upcall.IPRule{Network: network, Enabled: true, Owner: consoleUser})
	}
	body, err := json.Marshal(save)
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestAWorkspaceSavesItsOwnIPFilterAndNoOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, other := b.signUp("engines"), b.signUp("motors")
	secret, others := b.instanceOf(done.Workspace.ID, 300200), b.instanceOf(other.Workspace.ID, 300201)
	status, body := b.asWorkspace(put, upcall.IPFilterPath, secret, saveOf("203.0.113.0/24"))
	var f upcall.IPFilter
	if err := json.Unmarshal([]byte(body), &f); err != nil || status != http.StatusOK || f.Version != 1 || !f.Settled || len(f.Rules) != 1 || f.Rules[0].Owner != consoleUser {
		t.Fatalf("%d %s", status, body)
	}
	var shown IPFilter
	b.want(http.StatusOK, get, "/workspaces/"+done.Workspace.ID+"/ip-filter", done.Token, nil).into(t, &shown)
	if shown.ChangedBy != done.Workspace.ID+"/"+consoleUser || shown.Open || shown.Rules[0].Network != "203.0.113.0/24" {
		t.Errorf("%+v", shown)
	}
	for secret, want := range map[string]string{secret: `"version":1`, others: `"version":0`} {
		if status, body := b.asWorkspace(get, upcall.IPFilterPath, secret, ""); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d %s, want %s", status, body, want)
		}
	}
	if strings.Contains(b.log.String(), secret) {
		t.Error("the log has the secret")
	}
}

// TestNobodyElseAsksAsAWorkspace: and a workspace's secret opens nothing of the API.
func TestNobodyElseAsksAsAWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	secret := b.instanceOf(done.Workspace.ID, 300200)
	for name, token := range map[string]string{"nobody": "", "nonsense": "lhi_nonsense", "an owner": done.Token, "an operator": b.operator(), "an edge": edgeToken} {
		for _, method := range []string{get, put} {
			if status, body := b.asWorkspace(method, upcall.IPFilterPath, token, saveOf("203.0.113.0/24")); status != http.StatusUnauthorized {
				t.Errorf("%s as %s: %d %s", method, name, status, body)
			}
		}
	}
	for _, path := range []string{"/workspaces", "/workspaces/" + done.Workspace.ID + "/ip-filter", "/tenants"} {
		b.want(http.StatusUnauthorized, get, path, secret, nil)
	}
	for _, path := range []string{prefix + "/workspaces", healthPath, "/edge/v1/routes", "/workspace/v1/"} {
		if status, body := b.asWorkspace(get, path, secret, ""); status != http.StatusNotFound {
			t.Errorf("%s is served to workspaces: %d %s", path, status, body)
		}
	}
	if a, err := b.try(get, upcall.IPFilterPath, secret, nil); err != nil || a.status != http.StatusNotFound {
		t.Errorf("it is served beside the API: %d, %v", a.status, err)
	}
}

func TestWhatAWorkspaceAsksWronglyIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	secret := b.instanceOf(done.Workspace.ID, 300200)
	unknown := strings.Replace(saveOf("203.0.113.0/24"), "203.0.113.9", "here", 1)
	for body, want := range map[string]struct {
		status int
		say    string
	}{
		"{}":                      {422, "user.id"},
		"nonsense":                {422, "the wish to save"},
		saveOf("10.1"):            {422, "rule 1:"},
		saveOf("198.51.100.0/24"): {409, "203.0.113.9, the address from which you save it"},
		unknown:                   {409, "not known from which address"},
		strings.Repeat(" ", upcall.MaxIPFilter+1): {413, "bytes that are allowed"},
	} {
		if status, said := b.asWorkspace(put, upcall.IPFilterPath, secret, body); status != want.status || !strings.Contains(said, want.say) {
			t.Errorf("%.80s: %d %s, want %d %s", body, status, said, want.status, want.say)
		}
	}
}

// TestAWorkspaceThatAsksTooOftenWaits, and no other does.
func TestAWorkspaceThatAsksTooOftenWaits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, other := b.signUp("engines"), b.signUp("motors")
	secret, others := b.instanceOf(done.Workspace.ID, 300200), b.instanceOf(other.Workspace.ID, 300201)
	refused := func(most int, method, body string) {
		t.Helper()
		for range most {
			if status, said := b.asWorkspace(method, upcall.IPFilterPath, secret, body); status == http.StatusTooManyRequests {
				t.Fatalf("too soon: %s", said)
			}
		}
		var status int
		var said string
		for range most { // as the machine may be so slow that some more are allowed meanwhile
			if status, said = b.asWorkspace(method, upcall.IPFilterPath, secret, body); status == http.StatusTooManyRequests {
				break
			}
		}
		if status != http.StatusTooManyRequests || !strings.Contains(said, "asks too often") {
			t.Errorf("%d %s", status, said)
		}
	}
	refused(perSave.most, put, saveOf("203.0.113.0/24"))
	b.clock.move(perWorkspace.forget * 100)
	refused(perWorkspace.most, get, "")
	if status, said := b.asWorkspace(get, upcall.IPFilterPath, others, ""); status != http.StatusOK {
		t.Errorf("another one: %d %s", status, said)
	}
}
