package protocol

import (
	"crypto/ed25519"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

func TestTheAdminSocketIsOnlyForTheControlPlane(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, foreign, _ := ed25519.GenerateKey(nil)
	other := &workspace{t: t, key: foreign}
	for why, token := range map[string]string{
		"another workspace's": w.token("ws_other", time.Minute),
		"expired":             w.token(workspaceID, -time.Second),
		"too long":            w.token(workspaceID, time.Hour),
		"signed by another":   other.token(workspaceID, time.Minute),
		"none":                "",
		"unsigned":            "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ3c19wcm90b2NvbHRlc3QiLCJzdWIiOiJ4IiwiZXhwIjo0MTAyNDQ0ODAwfQ.",
	} {
		for path, method := range map[string]string{"/admin/v1/first-admin": http.MethodPut, "/admin/v1/sessions": http.MethodPost, "/admin/v1/status": http.MethodGet, "/admin/v1/rest": http.MethodGet, "/metrics": http.MethodGet} {
			status, out := w.control(token, method, path, map[string]string{"email": "eve@example.com", "username": "eve"})
			if status != http.StatusUnauthorized || strings.Contains(out["detail"].(string), "eyJ") {
				t.Errorf("%s with a token that is %s: %d %v", path, why, status, out)
			}
		}
	}
	if _, out := w.control(w.token(workspaceID, time.Minute), http.MethodGet, "/admin/v1/status", nil); out["users"] != float64(0) {
		t.Errorf("somebody got in: %v", out)
	}
}

func TestTheControlPlaneMakesTheFirstAdminOnceAndOpensSessions(t *testing.T) {
	t.Parallel()
	w := start(t)
	user := w.firstAdmin()
	if again := w.firstAdmin(); again != user {
		t.Fatalf("asked again, it made %s beside %s", again, user)
	}
	token := w.token(workspaceID, time.Minute)
	_, out := w.control(token, http.MethodPost, "/admin/v1/sessions", map[string]string{"user_id": user})
	session, _ := out["token"].(string)
	me := ok[*model.User](t)(w.as(session).GetMe(t.Context(), ""))
	if me.Id != user || !me.IsSystemAdmin() {
		t.Fatalf("the session is %+v's", me.Username)
	}
	ok[*model.Team](t)(w.as(session).CreateTeam(t.Context(), &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamOpen}))
	if _, out := w.control(token, http.MethodGet, "/admin/v1/status", nil); out["ready"] != true || out["users"] != float64(1) || out["version"] != "10.11.0" {
		t.Errorf("status %v", out)
	}
	if _, out := w.control(token, http.MethodGet, "/metrics", nil); !strings.Contains(out["text"].(string), "longhouse_workspace_http_requests_total ") {
		t.Errorf("metrics %v", out)
	}
	for path, body := range map[string]any{"/admin/v1/sign-in-links": map[string]string{"user_id": model.NewId()}, "/admin/v1/sessions": map[string]int{"user_id": 7}} {
		if status, _ := w.control(token, http.MethodPost, path, body); status != http.StatusNotFound && status != http.StatusBadRequest {
			t.Errorf("%s with %v: %d", path, body, status)
		}
	}
	if _, answer, err := w.as("").CreateUser(t.Context(), &model.User{Username: "eve", Email: "eve@example.com", Password: "eves-password"}); err == nil {
		t.Error("a stranger signed up")
	} else {
		refused(t, http.StatusForbidden, answer, err)
	}
}

// What clients recognise the workspace by survives a restart, and so does what they said.
func TestARestartKeepsIdentityAndPosts(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	post := ada.say(channel, "remember this")
	before := ok[map[string]string](t)(ada.GetClientConfig(t.Context(), ""))
	_, answer, err := ada.GetPing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version := answer.Header.Get("X-Version-Id")
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range ben.socket.EventChannel { // until the server closes it
	}
	if ben.socket.ListenError == nil || !strings.Contains(ben.socket.ListenError.Error(), "1012") {
		t.Errorf("the socket was closed with %v, not with 1012", ben.socket.ListenError)
	}
	if err := <-w.ended; err != nil {
		t.Fatalf("serve ended with %v\n%s", err, w.log)
	}
	w.serve()
	after := ok[map[string]string](t)(ada.GetClientConfig(t.Context(), ""))
	_, answer, err = ada.GetPing(t.Context())
	if err != nil || answer.Header.Get("X-Version-Id") != version || after["DiagnosticId"] != before["DiagnosticId"] || len(after["DiagnosticId"]) != 26 {
		t.Errorf("version %q became %q, identity %q became %q", version, answer.Header.Get("X-Version-Id"), before["DiagnosticId"], after["DiagnosticId"])
	}
	if got := ok[*model.Post](t)(ben.GetPost(t.Context(), post.Id, "")); got.Message != post.Message {
		t.Errorf("post %q", got.Message)
	}
}

func TestNoSecretReachesTheLog(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t)
	if _, _, err := ben.Login(t.Context(), "ben", "a-wrong-guess"); err == nil {
		t.Fatal("a wrong password was taken")
	}
	token := ada.AuthToken
	w.stop()
	for _, secret := range []string{token, ben.AuthToken, "bens-password", "a-wrong-guess", "protocolsecret-0123456789"} {
		if secret != "" && strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// A public socket may be opened by its group alone.
func TestSocketsBelongToTheirGroup(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	stale := dir + "/s"
	if err := syscall.Mknod(stale, syscall.S_IFSOCK|0o777, 0); err != nil {
		t.Fatal(err)
	}
	w := start(t, "MM_SERVICESETTINGS_LISTENADDRESS=unix:"+stale)
	info, err := os.Stat(stale)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Fatalf("mode %v (%v)", info.Mode(), err)
	}
	w.stop()
	if _, err := os.Stat(stale); err == nil {
		t.Error("the socket outlives the server")
	}
}
