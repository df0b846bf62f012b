package api_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (p *postal) invite(as person, query string, body any) answer {
	p.t.Helper()
	return p.call(as, http.MethodPost, "/teams/"+p.team.ID.String()+"/invite/email"+query, body)
}

func (p *postal) signUp(name, email, token string) answer {
	p.t.Helper()
	return p.ask("/users?t="+token, map[string]string{"username": name, "email": email, "password": name + "s-password"})
}

func (p *postal) wantStale(what string, got answer) {
	p.t.Helper()
	if got.status != http.StatusBadRequest || got.error().ID != "api.user.create_user.signup_link_invalid.app_error" {
		p.t.Errorf("%s: %d %s", what, got.status, got.body)
	}
}

func TestWhoIsInvitedByMailSignsUpIntoTheTeam(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	if got := p.invite(p.member, "", []string{"Dan@example.com"}); got.status != http.StatusOK || string(got.body) != `{"status":"OK"}` {
		t.Fatalf("the invitation answers %d %s", got.status, got.body)
	}
	token := p.mailed("dan@example.com", 1)
	m := p.caught.Inbox("dan@example.com")[0]
	if u := p.link(m); m.Subject != "@ben invites you to Builders at The Shed" || u.Path != "/signup_user_complete/" || u.Query().Get("d") != `{"display_name":"Builders","email":"dan@example.com","name":"builders"}` {
		t.Errorf("the mail is %+v", m)
	}
	if got := p.signUp("ben", "dan@example.com", token); got.status != http.StatusBadRequest || got.error().ID != "app.user.save.username_exists.app_error" {
		t.Fatalf("a name that is taken: %d %s", got.status, got.body)
	}
	got := p.signUp("dan", "somebody-else@example.com", token)
	if got.status != http.StatusCreated || !strings.Contains(string(got.body), `"email":"dan@example.com"`) || !strings.Contains(string(got.body), `"email_verified":true`) {
		t.Fatalf("signing up, after a name that was taken: %d %s", got.status, got.body)
	}
	list := must[[]wire.TeamMember](p.bundle, p.admin, http.MethodGet, "/teams/"+p.team.ID.String()+"/members", nil)
	if len(list) != 3 {
		t.Errorf("the team's members are %+v", list)
	}
	p.wantStale("the invitation once more", p.signUp("eve", "eve@example.com", token))
	p.wantStale("a token that nobody made", p.signUp("eve", "eve@example.com", "nobodys"))
	if got := p.login("dan", "dans-password"); got.status != http.StatusOK {
		t.Errorf("sign-in: %d %s", got.status, got.body)
	}
}

func TestWhoHasAnAccountJoinsByTheirInvitation(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	hall := must[wire.Channel](p.bundle, p.admin, http.MethodPost, "/channels", wire.Channel{TeamID: p.team.ID, Name: "hall", DisplayName: "Hall", Type: "O"})
	body := map[string]any{"emails": []string{"cy@example.com"}, "channelIds": []id.ID{p.private.ID, hall.ID}, "message": "<b>Come</b>\nand see"}
	if got := p.invite(p.member, "", body); got.status != http.StatusForbidden {
		t.Errorf("into a channel that the inviter is not in: %d %s", got.status, got.body)
	}
	if got := p.invite(p.admin, "?graceful=true", body); got.status != http.StatusOK || string(got.body) != `[{"email":"cy@example.com","error":null}]` {
		t.Fatalf("the invitation answers %d %s", got.status, got.body)
	}
	token := p.mailed("cy@example.com", 1)
	if m := p.caught.Inbox("cy@example.com")[0]; !strings.Contains(m.Text, "> <b>Come</b>\r\n> and see") && !strings.Contains(m.Text, "> <b>Come</b>\n> and see") {
		t.Errorf("the mail says %q", m.Text)
	}
	p.must(p.admin, http.MethodDelete, p.in(hall), nil)
	join := "/teams/members/invite?token=" + token
	if got := must[wire.TeamMember](p.bundle, p.outside, http.MethodPost, join, nil); got.UserID != p.outside.id || got.TeamID != p.team.ID {
		t.Errorf("joined: %+v", got)
	}
	if got := p.call(p.outside, http.MethodGet, p.in(p.private)+"/posts", nil).status; got != http.StatusOK {
		t.Errorf("the channel of the invitation answers %d", got)
	}
	p.wantStale("the invitation once more", p.call(p.member, http.MethodPost, join, nil))
	if got := p.call(p.member, http.MethodPost, "/teams/members/invite", nil); got.status != http.StatusBadRequest {
		t.Errorf("without an invitation: %d", got.status)
	}
}

func TestAnInvitationOfManyTellsWhichAddressesWereNotInvited(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.admin, http.MethodPut, "/teams/"+p.team.ID.String()+"/patch", map[string]string{"allowed_domains": "example.com"})
	list := []string{"dan@example.com", "x@example.com\r\nBcc: eve@example.com", "eve@elsewhere.example", "dan@example.com"}
	if got := p.invite(p.member, "", list); got.status != http.StatusBadRequest && got.status != http.StatusTooManyRequests {
		t.Errorf("all or none: %d %s", got.status, got.body)
	}
	if got := p.mails(""); len(got) != 0 {
		t.Fatalf("some were invited: %+v", got)
	}
	answers := must[[]wire.EmailInviteWithError](p.bundle, p.member, http.MethodPost, "/teams/"+p.team.ID.String()+"/invite/email?graceful=true", list)
	for i, want := range []string{"", "api.team.invite_members.invalid_email.app_error", "api.team.invite_members.invalid_email.app_error", "app.email.rate_limit_exceeded.app_error"} {
		got := ""
		if answers[i].Error != nil {
			got = answers[i].Error.ID
		}
		if answers[i].Email != list[i] || got != want {
			t.Errorf("%q: %q, want %q", answers[i].Email, got, want)
		}
	}
	if got := p.mails(""); len(got) != 1 || got[0].To[0] != "dan@example.com" {
		t.Errorf("invited are %+v", got)
	}
}

func TestInvitationsEndWithTimeWithTheTeamsSecretAndByAnAdmin(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	n := 0
	invited := func() string {
		p.ahead += 2 * time.Minute
		if got := p.invite(p.admin, "", []string{"dan@example.com"}); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
		n++
		return p.mailed("dan@example.com", n)
	}
	first, second := invited(), invited()
	p.wantStale("one before the last", p.signUp("dan", "dan@example.com", first))
	p.must(p.admin, http.MethodPost, "/teams/"+p.team.ID.String()+"/regenerate_invite_id", nil)
	p.wantStale("after another secret", p.signUp("dan", "dan@example.com", second))
	third := invited()
	if got := p.call(p.member, http.MethodDelete, "/teams/invites/email", nil); got.status != http.StatusForbidden {
		t.Errorf("a member ends all invitations: %d", got.status)
	}
	p.must(p.admin, http.MethodDelete, "/teams/invites/email", nil)
	p.wantStale("after an admin ended all", p.signUp("dan", "dan@example.com", third))
	fourth := invited()
	p.ahead += 48*time.Hour + time.Second
	p.wantStale("two days later", p.signUp("dan", "dan@example.com", fourth))
	if err := p.api.Teams.ForgetInvitations(t.Context()); err != nil || strings.Contains(p.dump(), "dan@") {
		t.Errorf("it is kept (%v)", err)
	}
}

// Nobody floods others with mails: an address has one a minute, from whichever team, and an inviter sends no end of them.
func TestInvitationsAreMailedWithMeasure(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	const limited = "app.email.rate_limit_exceeded.app_error"
	other := must[wire.Team](p.bundle, p.member, http.MethodPost, "/teams", wire.Team{Name: "flooders", DisplayName: "Flooders", Type: "I"})
	if got := p.invite(p.member, "", []string{"dan@example.com"}); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	again := func() answer {
		return p.call(p.member, http.MethodPost, "/teams/"+other.ID.String()+"/invite/email", []string{"dan@example.com"})
	}
	if got := again(); got.status != http.StatusTooManyRequests || got.error().ID != limited {
		t.Errorf("by another team: %d %s", got.status, got.body)
	}
	p.ahead = 2 * time.Minute
	if got := again(); got.status != http.StatusOK {
		t.Errorf("two minutes later: %d %s", got.status, got.body)
	}
	p.ahead = 4 * time.Minute
	if _, err := p.db().Exec(t.Context(), "update invitations set mailed = 500"); err != nil {
		t.Fatal(err)
	}
	if got := p.invite(p.member, "", []string{"eve@example.com"}); got.status != http.StatusTooManyRequests || got.error().ID != limited {
		t.Errorf("after a thousand: %d %s", got.status, got.body)
	}
	if got := p.invite(p.admin, "", []string{"eve@example.com"}); got.status != http.StatusOK {
		t.Errorf("by somebody else: %d %s", got.status, got.body)
	}
}

func TestAnInvitationIsUsedOnceHoweverManyCome(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	if got := p.invite(p.member, "", []string{"dan@example.com"}); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	token := p.mailed("dan@example.com", 1)
	var joined atomic.Int32
	var all sync.WaitGroup
	for _, as := range []person{p.outside, p.newUser("eve"), p.newUser("fay"), p.newUser("gus")} {
		all.Go(func() {
			if p.call(as, http.MethodPost, "/teams/members/invite?token="+token, nil).status == http.StatusCreated {
				joined.Add(1)
			}
		})
	}
	all.Wait()
	if joined.Load() != 1 {
		t.Errorf("%d joined", joined.Load())
	}
}

func TestAnInvitationIsWithinItsBounds(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	many := make([]string, 101)
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"nobody":        {[]string{}, http.StatusBadRequest},
		"nothing":       {map[string]string{}, http.StatusBadRequest},
		"too many":      {many, http.StatusBadRequest},
		"no list":       {"dan@example.com", http.StatusBadRequest},
		"no channel":    {map[string]any{"emails": []string{"dan@example.com"}, "channelIds": []id.ID{id.New()}}, http.StatusForbidden},
		"a long letter": {map[string]any{"emails": []string{"dan@example.com"}, "message": strings.Repeat("x", 1001)}, http.StatusBadRequest},
	} {
		if got := p.invite(p.member, "?graceful=true", c.body); got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	p.api.Config.Settings().Mail.Invitations = false
	if got := p.invite(p.member, "", []string{"dan@example.com"}); got.status != http.StatusNotImplemented {
		t.Errorf("where nobody is invited by mail: %d", got.status)
	}
	if got := p.mails(""); len(got) != 0 {
		t.Errorf("mails: %+v", got)
	}
}
