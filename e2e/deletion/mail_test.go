package deletion

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

func TestTheOwnerGetsMailsAboutADeletion(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	m.Confirm(t, c.Email)
	arrives := func(subject string, number int, says ...string) {
		t.Helper()
		var mails []machine.Letter
		machine.Eventually(t, time.Minute, "the mail", func() (err error) {
			mails, err = m.Letters(c.Email, subject)
			return err
		})
		for _, want := range append(says, c.Email, "Tenant elm") {
			if len(mails) != number || !strings.Contains(mails[len(mails)-1].Text, want) {
				t.Errorf("%d mails, and %q is not in %q", len(mails), want, mails[len(mails)-1].Text)
			}
		}
	}
	host := strings.Split(strings.TrimPrefix(c.Workspace.URL, "http://"), ":")[0]
	shown := func(at time.Time) string { return at.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC" }
	const back = "longhouse workspaces undelete elm"
	// A reminder is for who had more than a day when the date was set.
	at := time.Now().Add(24*time.Hour + 30*time.Second)
	m.CLI(t, c.Token, nil, "workspaces", "delete", "elm", "--at", at.Format(time.RFC3339), "--wait")
	arrives(host+" shall be deleted", 1, shown(at), back)
	arrives(host+" is deleted within a day", 1, shown(at), back)
	m.CLI(t, c.Token, nil, "workspaces", "undelete", "elm", "--wait")
	arrives(host+" is not deleted", 1, "has taken the deletion")
	m.CLI(t, c.Token, nil, "workspaces", "delete", "elm", "--now", "--yes", "--wait")
	arrives(host+" is deleted", 1, "can't be brought back", "longhouse workspaces certificate elm")
}
