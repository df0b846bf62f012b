package webhooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

type letter struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// ask reads what the mail catcher has at a path.
func ask(m *machine.Machine, path string, into any) error {
	res, err := http.Get(m.Up.Mail + "/api/messages" + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

// letters are what was mailed to somebody with this subject.
func letters(m *machine.Machine, to, subject string) (found []letter, err error) {
	var all struct {
		Messages []letter `json:"messages"`
	}
	if err := ask(m, "?to="+url.QueryEscape(to), &all); err != nil {
		return nil, err
	}
	for _, l := range all.Messages {
		if l.Subject == subject {
			err = ask(m, "/"+l.ID, &l)
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		err = fmt.Errorf("there is no %q among %d letters", subject, len(all.Messages))
	}
	return found, err
}

// confirm follows the link that was mailed.
func confirm(t *testing.T, m *machine.Machine, email string) {
	t.Helper()
	var mails []letter
	machine.Eventually(t, time.Minute, "the mail to confirm the address", func() (err error) {
		mails, err = letters(m, email, "Confirm your e-mail address")
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

func TestTheOwnerGetsAMailWhenAWebhookIsGivenUp(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--webhooks", "127.0.0.0/8", "--blanks", "0")
	c := m.SignUp(t, "hooked")
	confirm(t, m, c.Email)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(gone.Close)
	var made struct {
		Webhook struct {
			ID string `json:"id"`
		} `json:"webhook"`
	}
	m.CLI(t, c.Token, &made, "webhooks", "add", gone.URL+"/a-secret-path")
	var mails []letter
	machine.Eventually(t, time.Minute, "the mail", func() (err error) {
		mails, err = letters(m, c.Email, "A webhook was given up")
		return err
	})
	text := mails[0].Text
	if len(mails) != 1 || strings.Contains(text, "a-secret-path") || !strings.Contains(text, "Tenant hooked") || !strings.Contains(text, "gone for good (410)") ||
		!strings.Contains(text, "longhouse webhooks update "+made.Webhook.ID+" --enable") {
		t.Errorf("%d mails: %s", len(mails), text)
	}
}
