package scenario

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestTwoTenantsTalkEachInTheirOwnWorkspace is the main job: two commands, two sign-ups, two workspaces in which the
// official client works, and nothing of one is reached from the other.
func TestTwoTenantsTalkEachInTheirOwnWorkspace(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
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
	t.Run("a link works once", func(t *testing.T) { linkWorksOnce(t, a) })
	t.Run("an unknown host is 404", func(t *testing.T) { unknownHost(t, m) })
	t.Run("a stopped workspace says so, and comes back with its data", func(t *testing.T) { stopAndStart(t, a, roomA) })
	t.Run("a deleted workspace is gone", func(t *testing.T) { deleted(t, b) })
	leave(t, roomA)
}

func linkWorksOnce(t *testing.T, c *machine.Customer) {
	link := c.Open(t)
	follow := func() int {
		req, _ := http.NewRequest(http.MethodGet, link.URL, nil)
		req.Header.Set("Accept", "application/json")
		resp, err := c.Machine.HTTP().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if first, second := follow(), follow(); first != http.StatusOK || second == http.StatusOK {
		t.Fatalf("the link answered %d, then %d", first, second)
	}
	client := c.Client()
	client.SetToken(link.Token)
	if _, _, err := client.GetMe(t.Context(), ""); err != nil {
		t.Fatalf("the token beside the link is no session token: %v", err)
	}
}
