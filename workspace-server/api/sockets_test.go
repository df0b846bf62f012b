package api_test

import (
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
)

// What one instance ends, the database tells the others.
func TestTheHubLearnsWhichSessionsAreStillGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	open := func(as person) id.ID {
		t.Helper()
		o, err := b.api.Sessions.Open(t.Context(), as.id, sessions.Origin{})
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	good, loggedOut, deactivated := open(b.admin), open(b.admin), open(b.member)
	b.api.Sessions.Now = func() time.Time { return time.Now().Add(-2 * time.Hour) }
	expired := open(b.admin)
	if _, err := b.api.DB.DeleteSession(t.Context(), loggedOut); err != nil {
		t.Fatal(err)
	}
	if _, err := b.api.Users.SetActive(t.Context(), b.member.id, false); err != nil {
		t.Fatal(err)
	}
	live, err := b.api.Hub.LiveSessions(t.Context(), []id.ID{loggedOut, deactivated, good, expired, id.New()})
	if err != nil || !slices.Equal(live, []id.ID{good}) {
		t.Fatalf("%v (%v), want %s alone", live, err, good)
	}
}
