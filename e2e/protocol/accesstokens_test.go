package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// A program signs in with a token, on the API and on a socket, until the token is turned off.
func TestAProgramSignsInWithAnAccessToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	admin := w.openByLink(w.firstAdmin())
	token := ok[*model.UserAccessToken](t)(admin.CreateUserAccessToken(ctx, "me", "the lift"))
	if list := ok[[]*model.UserAccessToken](t)(admin.GetUserAccessTokensForUser(ctx, "me", 0, 10)); len(list) != 1 || list[0].Id != token.Id || list[0].Token != "" {
		t.Fatalf("the tokens are %+v", list)
	}
	program := &client{Client4: model.NewAPIv4Client(w.url), t: t}
	program.SetToken(token.Token)
	program.listen(w)
	if program.me.Id != admin.me.Id {
		t.Fatalf("the token is %s's", program.me.Id)
	}
	if _, err := admin.DisableUserAccessToken(ctx, token.Id); err != nil {
		t.Fatal(err)
	}
	_, answer, err := program.GetMe(ctx, "")
	refused(t, 401, answer, err)
	if _, err := admin.EnableUserAccessToken(ctx, token.Id); err != nil {
		t.Fatal(err)
	}
	ok[*model.User](t)(program.GetMe(ctx, ""))
	if found := ok[[]*model.UserAccessToken](t)(admin.SearchUserAccessTokens(ctx, &model.UserAccessTokenSearch{Term: admin.me.Username})); len(found) != 1 {
		t.Errorf("found %+v", found)
	}
	if _, err := admin.RevokeUserAccessToken(ctx, token.Id); err != nil {
		t.Fatal(err)
	}
	_, answer, err = program.GetMe(ctx, "")
	refused(t, 401, answer, err)
}
