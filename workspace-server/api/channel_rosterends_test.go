package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// beginMembers has somebody set the members of a channel, and answers once that has begun to be answered.
func (b *bundle) beginMembers(ctx context.Context, as person, of wire.Channel, query string, members ...id.ID) (*http.Response, error) {
	b.t.Helper()
	body, _ := json.Marshal(wire.SetChannelMembers{Members: members})
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, b.url+api.Prefix+b.in(of)+"/members"+query, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+as.token)
	return http.DefaultClient.Do(request)
}

// With pauses it can take hours until all is done.
func TestMembersAreSetOnlyWhileWhoDoesItMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dee := b.newUser("dee")
	b.join(dee)
	b.must(dee, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": dee.id})
	response, err := b.beginMembers(t.Context(), b.admin, b.public, "?batch_size=1&batch_delay_ms=3000", b.admin.id)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() {
		t.Fatal("nothing is done")
	}
	if err := b.api.Sessions.CloseAll(t.Context(), b.admin.id, id.ID{}); err != nil {
		t.Fatal(err)
	}
	var done wire.SetChannelMembersDone
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &done) != nil || len(done.Removed) != 0 || len(done.Errors) != 1 || done.Errors[0].ID != "api.context.session_expired.app_error" {
		t.Errorf("once they are signed out: %s", lines.Bytes())
	}
	b.admin = b.signIn(b.admin.id)
	if got := b.members(b.public); len(got) != 2 {
		t.Errorf("members are %v", got)
	}
}

// A channel's admin who leaves it by that is no longer one for the rest.
func TestWhoLeavesSetsTheOtherMembersStill(t *testing.T) {
	t.Parallel()
	b := setup(t)
	channel := must[wire.Channel](b, b.member, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "roof", DisplayName: "Roof", Type: "P"})
	lines := b.setMembers(b.member, channel, "?batch_size=1", wire.SetChannelMembers{Members: []id.ID{}, ChannelAdmins: &[]id.ID{b.admin.id}})
	if len(lines) != 3 || len(lines[2].Promoted) != 1 {
		t.Errorf("done is %+v", lines)
	}
	if got := b.members(channel); len(got) != 1 || !got[b.admin.id] {
		t.Errorf("members are %v", got)
	}
}

// That a client goes is no failure of the server's, for each user once.
func TestAClientThatGoesWhileMembersAreSetIsNoFailure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tx, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from channels where id = $1 for no key update", b.public.ID); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	before, gone := b.api.Requests.Load(), make(chan struct{})
	go func() {
		defer close(gone)
		if response, err := b.beginMembers(ctx, b.admin, b.public, "", b.outside.id); err == nil {
			_ = response.Body.Close()
		}
	}()
	b.untilSomebodyWaits()
	leave()
	<-gone
	for b.api.Requests.Load() == before {
		if _, err := tx.Exec(t.Context(), "select"); err != nil { // which takes a moment
			t.Fatal(err)
		}
	}
	if n := b.api.Failures.Load(); n != 0 || b.log.of("request failed") != 0 {
		t.Errorf("%d failures", n)
	}
}
