package machine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Letter is what somebody was mailed.
type Letter struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// mailbox reads what the mail catcher has at a path.
func (m *Machine) mailbox(path string, into any) error {
	res, err := http.Get(m.Up.Mail + "/api/messages" + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

// Letters are what was mailed to somebody with this subject. It is an error when there is nothing.
func (m *Machine) Letters(to, subject string) (found []Letter, err error) {
	var all struct {
		Messages []Letter `json:"messages"`
	}
	if err := m.mailbox("?to="+url.QueryEscape(to), &all); err != nil {
		return nil, err
	}
	for _, l := range all.Messages {
		if l.Subject == subject {
			err = m.mailbox("/"+l.ID, &l)
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		err = fmt.Errorf("there is no %q among %d letters", subject, len(all.Messages))
	}
	return found, err
}

// Confirm follows the link that was mailed.
func (m *Machine) Confirm(t testing.TB, email string) {
	t.Helper()
	var mails []Letter
	Eventually(t, time.Minute, "the mail to confirm the address", func() (err error) {
		mails, err = m.Letters(email, "Confirm your e-mail address")
		return err
	})
	token := regexp.MustCompile(`#token=(\S+)`).FindStringSubmatch(mails[0].Text)
	if token == nil {
		t.Fatalf("%q", mails[0].Text)
	}
	res, err := http.Post(m.Up.API+"/api/v1/confirmations", "application/json", strings.NewReader(`{"token":"`+token[1]+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("the confirmation is answered %s", res.Status)
	}
}
