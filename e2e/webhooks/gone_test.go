package webhooks

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

func TestTheOwnerGetsAMailWhenAWebhookIsGivenUp(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--webhooks", "127.0.0.0/8", "--blanks", "0")
	c := m.SignUp(t, "hooked")
	m.Confirm(t, c.Email)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(gone.Close)
	var made struct {
		Webhook struct {
			ID string `json:"id"`
		} `json:"webhook"`
	}
	m.CLI(t, c.Token, &made, "webhooks", "add", gone.URL+"/a-secret-path")
	var mails []machine.Letter
	machine.Eventually(t, time.Minute, "the mail", func() (err error) {
		mails, err = m.Letters(c.Email, "A webhook was given up")
		return err
	})
	text := mails[0].Text
	if len(mails) != 1 || strings.Contains(text, "a-secret-path") || !strings.Contains(text, "Tenant hooked") || !strings.Contains(text, "gone for good (410)") ||
		!strings.Contains(text, "longhouse webhooks update "+made.Webhook.ID+" --enable") {
		t.Errorf("%d mails: %s", len(mails), text)
	}
}
