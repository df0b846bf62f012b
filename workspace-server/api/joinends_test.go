package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Once somebody is a member nobody would bring them there any more, and what let them in may be used up.
func TestWhoJoinsIsInTheDefaultChannelsThoughTheirClientGoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	by, err := b.api.Teams.BySecret(t.Context(), b.team.InviteID)
	if err != nil {
		t.Fatal(err)
	}
	user, err := b.api.Users.Get(t.Context(), b.outside.id)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from channels where team_id = $1 for update", b.team.ID); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	entered := make(chan error, 1)
	go func() {
		_, err := b.api.Teams.Enter(ctx, by, user)
		entered <- err
	}()
	b.untilSomebodyWaits()
	leave()
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-entered; err != nil {
		t.Errorf("entering: %v", err)
	}
	for _, name := range []string{"town-square", "off-topic"} {
		channel := must[wire.Channel](b, b.admin, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/"+name, nil)
		if _, in := b.members(channel)[b.outside.id]; !in {
			t.Errorf("they are not in %s", name)
		}
	}
}
