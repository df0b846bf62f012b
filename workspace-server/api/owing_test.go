package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	enforce = "ServiceSettings.EnforceMultifactorAuthentication"
	owed    = "api.context.mfa_required.app_error"
)

// owes asks for something that only who is let in gets.
func (b *bundle) owes(as person) bool {
	b.t.Helper()
	got := b.call(as, http.MethodGet, "/users/me/teams", nil)
	if got.status != http.StatusOK {
		b.refuses(got, http.StatusForbidden, owed)
	}
	return got.status != http.StatusOK
}

// refusesSockets expects that somebody gets none, by its request or by what they say over it.
func (b *bundle) refusesSockets(as person) {
	b.t.Helper()
	dial := func(header http.Header) (*websocket.Conn, *http.Response, error) {
		return websocket.DefaultDialer.DialContext(b.t.Context(), strings.Replace(b.url, "http", "ws", 1)+api.Prefix+"/websocket", header)
	}
	if _, answer, err := dial(http.Header{"Authorization": {"Bearer " + as.token}}); err == nil || answer.StatusCode != http.StatusForbidden {
		b.t.Errorf("a socket: %v", err)
	}
	conn, _, err := dial(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"seq": 1, "action": "authentication_challenge", "data": map[string]string{"token": as.token}}); err != nil {
		b.t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, said, err := conn.ReadMessage(); err == nil || strings.Contains(err.Error(), "timeout") {
		b.t.Errorf("a socket is told %s (%v)", said, err)
	}
}

// Whoever adds a route need not think of it: where it wants somebody who is signed in, it wants one with a second factor.
func TestWhoOwesASecondFactorIsNobodyToEveryRouteButTheirOwnWayOut(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	if _, err := w.api.Config.Change(t.Context(), config.Wish{"ServiceSettings": json.RawMessage(`{"EnforceMultifactorAuthentication":true}`)}, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.api.Users.ResetPassword(t.Context(), w.member.id, bensPassword); err != nil {
		t.Fatal(err)
	}
	own := []string{"GET /users/{user_id}", "POST /users/{user_id}/mfa/generate", "PUT /users/{user_id}/mfa"}
	body := map[string]string{"channel_id": w.ids["channel_id"], "post_id": w.ids["post_id"]}
	of := func(who person) map[string]string {
		values := map[string]string{}
		for name, v := range w.ids {
			values[name] = v
		}
		values["user_id"] = who.id.String()
		return values
	}
	for _, r := range w.api.Routes() {
		path, name := filled(r.Path, of(w.member)), r.Method+" "+r.Path
		nobody, owing := w.call(person{}, r.Method, path, body), w.call(w.member, r.Method, path, body)
		wants := nobody.status == http.StatusUnauthorized
		switch {
		case slices.Contains(own, name):
			if owing.status != http.StatusOK {
				t.Errorf("%s: %d %s", name, owing.status, owing.body)
			}
			w.refuses(w.call(w.admin, r.Method, path, body), http.StatusForbidden, owed) // of somebody else, though an admin's
		case wants:
			if owing.status != http.StatusForbidden || owing.error().ID != owed {
				t.Errorf("%s: %d %s", name, owing.status, owing.body)
			}
		case owing.status != nobody.status:
			t.Errorf("%s: %d, and to nobody %d", name, owing.status, nobody.status)
		}
	}
}

// Who has come by a link has none, and clients ask for one before they have a second factor set up.
func TestWhoOwesASecondFactorSetsTheirFirstPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide(enforce, true)
	set := func(as, of person, current, next string) answer {
		return b.call(as, http.MethodPut, b.user(of)+"/password", map[string]string{"current_password": current, "new_password": next})
	}
	b.refuses(set(b.admin, b.member, "", "not-by-an-admin"), http.StatusForbidden, owed)
	if got := set(b.member, b.member, "", "first-password"); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := b.login("ben", "first-password"); got.status != http.StatusOK {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
	b.refuses(set(b.member, b.member, "first-password", "second-password"), http.StatusForbidden, owed)
}

func TestASecondFactorIsEnforcedUntilItIsSetUp(t *testing.T) {
	t.Parallel()
	w := setupWary(t)
	socket := w.dial(w.member)
	told := func(as person) map[string]string {
		return must[map[string]string](w.bundle, as, http.MethodGet, "/config/client", nil)
	}
	if told(person{})["EnforceMultifactorAuthentication"] != "false" || w.owes(w.member) {
		t.Error("it is enforced before anybody said so")
	}
	w.mustDecide(enforce, true)
	socket.untilCut()
	if told(person{})["EnforceMultifactorAuthentication"] != "true" || told(w.member)["MaxFileSize"] == "" || !w.owes(w.member) || !w.owes(w.admin) {
		t.Error("it is not enforced")
	}
	w.refusesSockets(w.member)
	w.open(http.DefaultClient, http.MethodGet, "/", "Authorization", "Bearer "+w.member.token).shows(t, "<strong>ben</strong>")
	if got := w.comes(""); got.status != http.StatusOK {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
	w.takeUp()
	if got := must[wire.User](w.bundle, w.member, http.MethodGet, "/users/me", nil); !got.MfaActive || w.owes(w.member) {
		t.Error("it is owed though it is set up")
	}
	socket = w.dial(w.member)
	w.must(w.member, http.MethodPut, "/users/me/mfa", map[string]any{"activate": false})
	socket.untilCut()
	if !w.owes(w.member) {
		t.Error("it is not owed though it was removed")
	}
	if got := w.call(w.member, http.MethodPost, "/users/logout", nil); got.status != http.StatusOK {
		t.Errorf("logout: %d %s", got.status, got.body)
	}
	w.refuses(w.call(w.member, http.MethodGet, "/users/me", nil), http.StatusUnauthorized, "api.context.session_expired.app_error")
}

func TestGuestsBotsAndProgramsOweASecondFactorAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	app := b.lift()
	program := person{token: b.let(app, b.member).AccessToken}
	lift := b.newBot(b.admin, "lift")
	bot, token := person{lift.UserID, b.newToken(b.admin, person{id: lift.UserID}).Token}, person{token: b.newToken(b.admin, b.member).Token}
	sockets := map[string]*listener{"the guest's": b.dial(guest), "the bot's": b.dial(bot), "the app's": b.dial(program)}
	want := func(when string, wants map[string]bool) {
		t.Helper()
		for name, as := range map[string]person{"guest": guest, "bot": bot, "app": program, "token": token} {
			if got := b.owes(as); got != wants[name] {
				t.Errorf("%s the %s owes a second factor: %t", when, name, got)
			}
		}
	}
	b.mustDecide(enforce, true)
	want("enforced,", map[string]bool{"token": true})
	for name, socket := range sockets {
		if err := socket.conn.WriteJSON(map[string]any{"seq": 1, "action": "ping"}); err != nil {
			t.Errorf("%s socket: %v", name, err)
		}
		socket.reply()
	}
	b.refuses(b.letIn(b.member, wish(app)), http.StatusForbidden, owed)
	b.root(b.member, http.MethodGet, "/oauth/authorize?"+wish(app).Encode(), "", "").isPage(t, http.StatusForbidden)
	if _, err := b.api.Config.Change(t.Context(), config.Wish{"GuestAccountsSettings": json.RawMessage(`{"EnforceMultifactorAuthentication":true}`)}, ""); err != nil {
		t.Fatal(err)
	}
	want("enforced of guests,", map[string]bool{"token": true, "guest": true})
	if err := b.api.Sessions.CutOwing(t.Context(), id.ID{}); err != nil {
		t.Fatal(err)
	}
	sockets["the guest's"].untilCut()
	if _, err := b.api.Config.Change(t.Context(), config.Wish{"ServiceSettings": json.RawMessage(`{"EnableMultifactorAuthentication":false}`)}, ""); err != nil {
		t.Fatal(err)
	}
	want("switched off,", nil) // nobody could set one up
}

func TestWhoIsNoGuestAnyMoreOwesWhatMembersDo(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	by, socket := person{token: b.let(b.lift(), b.admin).AccessToken}, b.dial(guest)
	if _, err := b.api.Config.Change(t.Context(), config.Wish{"ServiceSettings": json.RawMessage(`{"EnforceMultifactorAuthentication":true}`)}, ""); err != nil {
		t.Fatal(err)
	}
	b.must(by, http.MethodPost, b.user(guest)+"/promote", nil)
	if socket.untilCut(); !b.owes(guest) {
		t.Error("they owe nothing")
	}
}

// The sockets that another instance has are cut when it looks at sessions again.
func TestTheHubLearnsWhoOwesASecondFactor(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	sessions := []id.ID{}
	for _, p := range []person{guest, b.member} {
		for _, s := range must[[]wire.Session](b, b.admin, http.MethodGet, b.user(p)+"/sessions", nil) {
			sessions = append(sessions, s.ID)
		}
	}
	for _, c := range []struct {
		section, set string
		live         int
	}{{"ServiceSettings", `{"EnableMultifactorAuthentication":true}`, 2}, {"ServiceSettings", `{"EnforceMultifactorAuthentication":true}`, 1},
		{"GuestAccountsSettings", `{"EnforceMultifactorAuthentication":true}`, 0}} {
		if _, err := b.api.Config.Change(t.Context(), config.Wish{c.section: json.RawMessage(c.set)}, ""); err != nil {
			t.Fatal(err)
		}
		if live, err := b.api.Hub.LiveSessions(t.Context(), sessions); err != nil || len(live) != c.live {
			t.Errorf("with %s %d sessions are live, want %d (%v)", c.set, len(live), c.live, err)
		}
	}
}
