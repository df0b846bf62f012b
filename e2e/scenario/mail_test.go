package scenario

import (
	"crypto/rand"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// mailOpens lets somebody who forgot their password back in by a mail, which a workspace sends on a connection that it is handed.
func mailOpens(t *testing.T, c *machine.Customer, admin member) {
	ctx := t.Context()
	who := must[*model.User](t)(admin.CreateUser(ctx, &model.User{Email: "third@" + c.Slug + ".example", Username: "third", Password: rand.Text()}))
	client := c.Client()
	if _, err := client.SendPasswordResetEmail(ctx, who.Email); err != nil {
		t.Fatal(err)
	}
	var letters []machine.Letter
	machine.Eventually(t, time.Minute, "the mail to set a password", func() (err error) {
		letters, err = c.Machine.Letters(who.Email, "Set a new password for Longhouse")
		return err
	})
	link, err := url.Parse(regexp.MustCompile(regexp.QuoteMeta(c.Workspace.URL) + `/reset_password_complete\S+`).FindString(letters[0].Text))
	if err != nil || link.Query().Get("token") == "" {
		t.Fatalf("the mail says %q", letters[0].Text)
	}
	if page := browse(t, c, link.String()); !strings.Contains(page, "Set a new password") {
		t.Errorf("the link leads to %s", page)
	}
	password := rand.Text()
	if _, err := client.ResetPassword(ctx, link.Query().Get("token"), password); err != nil {
		t.Fatal(err)
	}
	must[*model.User](t)(client.Login(ctx, who.Email, password))
}
