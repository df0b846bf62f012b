package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// filterIsMailed adds a rule to a filter that stays open, so that nobody else is kept out.
func filterIsMailed(t *testing.T, c *machine.Customer) {
	c.Machine.Confirm(t, c.Email)
	c.Machine.CLI(t, c.Token, nil, "ip-filter", "add", c.Slug, "203.0.113.0/24", "--name", "Office", "--reason", "for the auditors")
	host := strings.Split(strings.TrimPrefix(c.Workspace.URL, "http://"), ":")[0]
	var letters []machine.Letter
	machine.Eventually(t, time.Minute, "the mail about the IP filter", func() (err error) {
		letters, err = c.Machine.Letters(c.Email, "The IP filter of "+host+" was changed")
		return err
	})
	for _, want := range []string{c.Email + " has set", "for the auditors", "It is still open", "203.0.113.0/24, Office", "longhouse ip-filter history " + c.Slug} {
		if !strings.Contains(letters[0].Text, want) {
			t.Errorf("%q is not in %q", want, letters[0].Text)
		}
	}
}
