package protocol

import (
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/testmail"
)

// Somebody from outside is invited into one channel, sees nobody and nothing beside it, becomes a member and a guest again.
func TestGuestsComeByMailAndAreMadeMembersAndBack(t *testing.T) {
	t.Parallel()
	caught := testmail.Catch(t)
	host, port, _ := strings.Cut(caught.SMTP, ":")
	const p = "MM_EMAILSETTINGS_"
	w := start(t, p+"SMTPSERVER="+host, p+"SMTPPORT="+port, p+"FEEDBACKEMAIL=no-reply@example.com")
	ctx := t.Context()
	ada := w.openByLink(w.firstAdmin())
	if told := ok[map[string]string](t)(ada.GetClientConfig(ctx, "")); told["EnableGuestAccounts"] != "true" {
		t.Errorf("clients are told %q", told["EnableGuestAccounts"])
	}
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	square := ok[*model.Channel](t)(ada.GetChannelByName(ctx, "town-square", team.Id, ""))
	site := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "site", DisplayName: "Site", Type: model.ChannelTypeOpen}))
	ben := ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: "ben", Email: "ben@example.com", Password: "bens-password"}))
	ok[*model.TeamMember](t)(ada.AddTeamMember(ctx, team.Id, ben.Id))

	list := ok[[]*model.EmailInviteWithError](t)(ada.InviteGuestsToTeamGracefully(ctx, team.Id, []string{"gil@example.com", "ben@example.com"}, []string{site.Id}, "Come in"))
	if len(list) != 2 || list[0].Error != nil || list[1].Error == nil {
		t.Fatalf("invited: %+v", list)
	}
	path, query := w.mailed(caught.Await("gil@example.com", 1))
	if path != "/signup_user_complete/" {
		t.Errorf("the invitation leads to %s", path)
	}
	user := ok[*model.User](t)(model.NewAPIv4Client(w.url).CreateUserWithToken(ctx, &model.User{Username: "gil", Email: "gil@example.com", Password: "gils-password"}, query.Get("t")))
	gil := w.signIn("gil", "gils-password")
	if !gil.me.IsGuest() {
		t.Errorf("their roles are %s", gil.me.Roles)
	}
	if m := ok[*model.ChannelMember](t)(gil.GetChannelMember(ctx, site.Id, user.Id, "")); !m.SchemeGuest || m.SchemeUser || m.Roles != model.ChannelGuestRoleId {
		t.Errorf("in the channel they are %+v", m)
	}
	_, answer, err := gil.GetChannel(ctx, square.Id)
	refused(t, 403, answer, err)
	_, answer, err = gil.GetUser(ctx, ben.Id, "")
	refused(t, 404, answer, err)
	if seen := ok[[]*model.User](t)(gil.GetUsers(ctx, 0, 60, "")); len(seen) != 2 {
		t.Errorf("they see %+v", seen)
	}

	if _, err := ada.PromoteGuestToUser(ctx, user.Id); err != nil {
		t.Fatal(err)
	}
	if e := gil.expect(model.WebsocketEventUserRoleUpdated); e.GetData()["roles"] != model.SystemUserRoleId {
		t.Errorf("they are told %v", e.GetData())
	}
	ok[*model.Channel](t)(gil.GetChannel(ctx, square.Id))
	ok[*model.User](t)(gil.GetUser(ctx, ben.Id, ""))
	answer, err = ada.PromoteGuestToUser(ctx, user.Id)
	refused(t, 501, answer, err)
	if _, err := ada.DemoteUserToGuest(ctx, user.Id); err != nil {
		t.Fatal(err)
	}
	gil.expect(model.WebsocketEventUserRoleUpdated)
	if m := ok[*model.TeamMember](t)(gil.GetTeamMember(ctx, team.Id, user.Id, "")); !m.SchemeGuest || m.SchemeUser || m.Roles != model.TeamGuestRoleId {
		t.Errorf("in the team they are %+v", m)
	}
	answer, err = gil.DemoteUserToGuest(ctx, ben.Id)
	refused(t, 403, answer, err)
}
