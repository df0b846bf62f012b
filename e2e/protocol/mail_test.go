package protocol

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/testmail"
)

// mailed is the link of a mail, and its query.
func (w *workspace) mailed(m testmail.Mail) (path string, query url.Values) {
	w.t.Helper()
	for _, found := range regexp.MustCompile(regexp.QuoteMeta(w.url)+`/\S*\?\S*`).FindAllString(m.Text, 1) {
		u, err := url.Parse(found)
		if err != nil {
			w.t.Fatal(err)
		}
		return u.Path, u.Query()
	}
	w.t.Fatalf("there is no link in %+v", m)
	return "", nil
}

// Somebody is invited by mail, confirms another address, and comes back though they forgot their password.
func TestPeopleComeAndComeBackByMail(t *testing.T) {
	t.Parallel()
	caught := testmail.Catch(t)
	host, port, _ := strings.Cut(caught.SMTP, ":")
	const p = "MM_EMAILSETTINGS_"
	w := start(t, p+"SMTPSERVER="+host, p+"SMTPPORT="+port, p+"FEEDBACKEMAIL=no-reply@example.com", p+"REQUIREEMAILVERIFICATION=true")
	ctx := t.Context()
	ada := w.openByLink(w.firstAdmin())
	if told := ok[map[string]string](t)(ada.GetClientConfig(ctx, "")); told["EnableEmailInvitations"] != "true" || told["RequireEmailVerification"] != "true" || told["PasswordEnableForgotLink"] != "true" {
		t.Errorf("clients are told %s, %s, %s", told["EnableEmailInvitations"], told["RequireEmailVerification"], told["PasswordEnableForgotLink"])
	}
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	square := ok[*model.Channel](t)(ada.GetChannelByName(ctx, "town-square", team.Id, ""))

	list := ok[[]*model.EmailInviteWithError](t)(ada.InviteUsersToTeamAndChannelsGracefully(ctx, team.Id, []string{"ben@example.com", "nobody"}, []string{square.Id}, "Come in"))
	if len(list) != 2 || list[0].Error != nil || list[1].Error == nil {
		t.Fatalf("invited: %+v", list)
	}
	path, query := w.mailed(caught.Await("ben@example.com", 1))
	if path != "/signup_user_complete/" {
		t.Errorf("the invitation leads to %s", path)
	}
	stranger := model.NewAPIv4Client(w.url)
	user := ok[*model.User](t)(stranger.CreateUserWithToken(ctx, &model.User{Username: "ben", Email: "ben@example.com", Password: "bens-password"}, query.Get("t")))
	ben := w.signIn("ben", "bens-password")
	ok[*model.TeamMember](t)(ben.GetTeamMember(ctx, team.Id, user.Id, ""))

	address, password := "benjamin@example.com", "bens-password"
	ok[*model.User](t)(ben.PatchUser(ctx, user.Id, &model.UserPatch{Email: &address, Password: &password}))
	_, answer, err := stranger.Login(ctx, address, password)
	if e := refused(t, 401, answer, err); e.Id != "api.user.login.not_verified.app_error" {
		t.Errorf("refused with %s", e.Id)
	}
	path, query = w.mailed(caught.Await(address, 1))
	if path != "/do_verify_email" || query.Get("email") != address {
		t.Errorf("the confirmation leads to %s?%s", path, query.Encode())
	}
	if _, err := stranger.VerifyUserEmail(ctx, query.Get("token")); err != nil {
		t.Fatal(err)
	}
	ok[*model.User](t)(stranger.Login(ctx, address, password))

	for _, who := range []string{address, "nobody@example.com"} {
		if _, err := stranger.SendPasswordResetEmail(ctx, who); err != nil {
			t.Fatal(err)
		}
	}
	path, query = w.mailed(caught.Await(address, 2))
	if path != "/reset_password_complete" {
		t.Errorf("the reset leads to %s", path)
	}
	if _, err := stranger.ResetPassword(ctx, query.Get("token"), "bens-next-password"); err != nil {
		t.Fatal(err)
	}
	_, answer, err = ben.GetMe(ctx, "")
	refused(t, 401, answer, err)
	w.signIn("ben", "bens-next-password")
	answer, err = stranger.ResetPassword(ctx, query.Get("token"), "bens-other-password")
	refused(t, 400, answer, err)
	if strings.Contains(w.log.String(), query.Get("token")) {
		t.Error("the log has a token")
	}
}
