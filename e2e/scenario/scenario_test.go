package scenario

import (
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestTwoTenantsTalkEachInTheirOwnWorkspace is the main job: two commands, two sign-ups, two workspaces in which the
// official client works, and nothing of one is reached from the other.
func TestTwoTenantsTalkEachInTheirOwnWorkspace(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--canaries", "1s")
	a, b := m.SignUp(t, "alder"), m.SignUp(t, "birch")
	roomA, roomB := furnish(t, a), furnish(t, b)
	talk(t, roomA)
	talk(t, roomB)
	tokenA := roomA.admin.AuthToken

	t.Run("A's session token is nothing in B", func(t *testing.T) { sessionDoesNotCross(t, b, tokenA) })
	t.Run("A's API token is nothing for B", func(t *testing.T) { apiTokenDoesNotCross(t, a, b) })
	t.Run("A's database role can't enter B's database", func(t *testing.T) { databaseDoesNotCross(t, a, b) })
	t.Run("A's object-store keys open nothing of B", func(t *testing.T) { keysDoNotCross(t, a, b, roomB) })
	t.Run("A's user can't open B's socket", func(t *testing.T) { socketDoesNotCross(t, a, b) })
	t.Run("a link works once, and no other does", func(t *testing.T) { linkWorksOnce(t, a) })
	t.Run("a link works through the edge only", func(t *testing.T) { linkWorksThroughTheEdgeOnly(t, a) })
	t.Run("the first admin sets a password and signs in with it", func(t *testing.T) { passwordOpens(t, a, roomA.admin) })
	t.Run("a password is kept as a hash that is dear to guess at", func(t *testing.T) { hashesAreDear(t, a) })
	t.Run("who forgot their password comes back by a mail", func(t *testing.T) { mailOpens(t, a, roomA.admin) })
	t.Run("who may set an IP filter is mailed what was changed", func(t *testing.T) { filterIsMailed(t, a) })
	t.Run("an owner whom the IP filter shuts out gets back in", func(t *testing.T) { glassBreaks(t, a) })
	t.Run("an unknown host is 404", func(t *testing.T) { unknownHost(t, m) })
	t.Run("a stopped workspace says so, and comes back with its data", func(t *testing.T) { stopAndStart(t, a, roomA) })
	t.Run("a deleted workspace is gone", func(t *testing.T) { deleted(t, b) })
	t.Run("the figures answer what alerts and dashboard ask", func(t *testing.T) { figuresAnswer(t, m, a.Slug, b.Slug) })
	t.Run("the logs of all parts speak alike", func(t *testing.T) { logsSpeakAlike(t, m, a) })
	leave(t, roomA)
}
