package protocol

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/clientwalk"
)

// uncallable are methods whose least arguments make the client itself fail before it asks anything.
var uncallable = []string{}

// Every method of the official client is answered: as it should be, refused as the protocol refuses, or with its 501; never by a page, and never by a
// failure of the server's own.
func TestEveryMethodOfTheOfficialClientIsAnswered(t *testing.T) {
	t.Parallel()
	w, ada, _, _ := talk(t)
	recorder := &clientwalk.Recorder{}
	session := func() *model.Client4 {
		c := w.as(w.openByLink(ada.me.Id).AuthToken)
		c.HTTPClient = &http.Client{Transport: recorder}
		return c
	}
	c := session()
	methods := clientwalk.Methods(c)
	asked := 0
	for i := range methods {
		m := clientwalk.Methods(c)[i]
		texts := make([]string, m.Texts())
		for n := range texts {
			texts[n] = model.NewId()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		a, err := m.Call(ctx, recorder, texts)
		cancel()
		switch {
		case err != nil && !slices.Contains(uncallable, m.Name):
			t.Error(err)
		case a == nil:
			continue
		default:
			asked++
			if err := a.Objection(); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		if a != nil && a.Status == http.StatusUnauthorized || m.Name == "Logout" || m.Name == "RevokeAllSessions" {
			c = session()
		}
	}
	if asked < 550 {
		t.Errorf("only %d of %d methods asked anything", asked, len(methods))
	}
	t.Logf("%d methods asked", asked)
}
