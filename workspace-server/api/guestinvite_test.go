package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (p *postal) inviteGuests(as person, query string, emails ...string) answer {
	p.t.Helper()
	return p.call(as, http.MethodPost, "/teams/"+p.team.ID.String()+"/invite-guests/email"+query,
		wire.GuestsInvite{Emails: emails, Channels: []id.ID{p.private.ID}, Message: "Come and see"})
}

// named is an account by its name.
func (p *postal) named(name string) (person, wire.User) {
	p.t.Helper()
	u := must[wire.User](p.bundle, p.admin, http.MethodGet, "/users/username/"+name, nil)
	return p.signIn(u.ID), u
}

// wantOnlyIn fails unless somebody is in the private channel of the team and in no other of it.
func (p *postal) wantOnlyIn(who person) {
	p.t.Helper()
	list := must[[]wire.Channel](p.bundle, who, http.MethodGet, "/users/me/teams/"+p.team.ID.String()+"/channels", nil)
	if len(list) != 1 || list[0].ID != p.private.ID {
		p.t.Errorf("they are in %+v", list)
	}
}

func TestWhoIsInvitedAsAGuestIsOneInThoseChannelsAlone(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.admin, http.MethodPut, "/teams/"+p.team.ID.String()+"/patch", map[string]string{"allowed_domains": "example.com"})
	if got := p.inviteGuests(p.member, "", "gil@elsewhere.example"); got.status != http.StatusForbidden {
		t.Errorf("by a member: %d %s", got.status, got.body)
	}
	if got := p.inviteGuests(p.admin, "", "gil@elsewhere.example"); got.status != http.StatusOK || string(got.body) != `{"status":"OK"}` {
		t.Fatalf("the invitation answers %d %s", got.status, got.body)
	}
	token := p.mailed("gil@elsewhere.example", 1)
	if m := p.caught.Inbox("gil@elsewhere.example")[0]; !strings.Contains(m.Text, "as a guest") || !strings.Contains(m.Text, "Come and see") {
		t.Errorf("the mail says %q", m.Text)
	}
	if got := p.call(p.outside, http.MethodPost, "/teams/members/invite?token="+token, nil); got.status != http.StatusBadRequest ||
		got.error().ID != "api.user.create_user.invalid_invitation_type.app_error" {
		t.Errorf("a member by it: %d %s", got.status, got.body)
	}
	if got := p.signUp("gil", "", token); got.status != http.StatusCreated {
		t.Fatalf("signing up: %d %s", got.status, got.body)
	}
	gil, u := p.named("gil")
	if u.Roles != roles.SystemGuest || u.Email != "gil@elsewhere.example" || !u.EmailVerified {
		t.Errorf("the account is %+v", u)
	}
	p.wantOnlyIn(gil)
	if m := must[wire.TeamMember](p.bundle, gil, http.MethodGet, "/teams/"+p.team.ID.String()+"/members/me", nil); m.Roles != roles.TeamGuest || !m.SchemeGuest {
		t.Errorf("in the team they are %+v", m)
	}
	p.wantStale("the invitation once more", p.signUp("eve", "", token))
}

func TestWhoIsAGuestAlreadyComesInAtOnce(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.admin, http.MethodPost, "/users/"+p.outside.id.String()+"/demote", nil)
	got := must[[]wire.EmailInviteWithError](p.bundle, p.admin, http.MethodPost, "/teams/"+p.team.ID.String()+"/invite-guests/email?graceful=true",
		wire.GuestsInvite{Emails: []string{"CY@example.com", "ben@example.com", "nobody", "new@example.com"}, Channels: []id.ID{p.private.ID}})
	for i, want := range []string{"", "api.team.invite_guests.member.app_error", "model.guest.is_valid.email.app_error", ""} {
		is := ""
		if got[i].Error != nil {
			is = got[i].Error.ID
		}
		if is != want {
			t.Errorf("%s: %q, want %q", got[i].Email, is, want)
		}
	}
	p.wantOnlyIn(p.outside)
	if mails := p.mails("cy@example.com"); len(mails) != 0 {
		t.Errorf("they were mailed %+v", mails)
	}
	p.mailed("new@example.com", 1)
}

func TestGuestsAreInvitedAllOrNoneAndToChannelsOfTheTeam(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.admin, http.MethodPost, "/users/"+p.outside.id.String()+"/demote", nil)
	if got := p.inviteGuests(p.admin, "", "cy@example.com", "ben@example.com"); got.status != http.StatusBadRequest {
		t.Errorf("a member among them: %d %s", got.status, got.body)
	}
	if got := must[[]wire.Channel](p.bundle, p.outside, http.MethodGet, "/users/me/channels", nil); len(got) != 0 {
		t.Errorf("though not all were invited, one is in %+v", got)
	}
	other := must[wire.Team](p.bundle, p.admin, http.MethodPost, "/teams", wire.Team{Name: "others", DisplayName: "Others", Type: "I"})
	for name, c := range map[string]struct {
		in     wire.GuestsInvite
		team   id.ID
		status int
	}{
		"no channels":               {wire.GuestsInvite{Emails: []string{"x@example.com"}}, p.team.ID, http.StatusBadRequest},
		"nobody":                    {wire.GuestsInvite{Channels: []id.ID{p.private.ID}}, p.team.ID, http.StatusBadRequest},
		"a channel of another team": {wire.GuestsInvite{Emails: []string{"x@example.com"}, Channels: []id.ID{p.private.ID}}, other.ID, http.StatusForbidden},
	} {
		if got := p.call(p.admin, http.MethodPost, "/teams/"+c.team.String()+"/invite-guests/email", c.in); got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestAMembersInvitationIsNoGuests(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.must(p.admin, http.MethodPost, "/users/"+p.outside.id.String()+"/demote", nil)
	p.invite(p.member, "", []string{"cy@example.com"})
	if got := p.call(p.outside, http.MethodPost, "/teams/members/invite?token="+p.mailed("cy@example.com", 1), nil); got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// The release before knows a mailed invitation by the digest of its token alone, and would make a member of whoever comes by it.
func TestThePreviousReleaseTakesNoGuestsInvitationForAMembers(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	p.inviteGuests(p.admin, "", "gil@example.com")
	var n int
	if err := p.db().QueryRow(t.Context(), "select count(*) from invitations where token_hash = $1", id.Digest(p.mailed("gil@example.com", 1))).Scan(&n); err != nil || n != 0 {
		t.Errorf("it finds %d (%v)", n, err)
	}
}
