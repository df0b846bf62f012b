package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// BenchmarkPost is a plain post in a public channel, without a network.
func BenchmarkPost(b *testing.B) { post(b, setup(b)) }

// BenchmarkPostWithPhones is the same where people are told by phones and mail of what concerns them, which such a post doesn't.
func BenchmarkPostWithPhones(b *testing.B) {
	w := setupWith(b, func(s *config.Settings) {
		s.Push = config.Push{Proxy: &url.URL{Scheme: "http", Host: "push.invalid"}, Contents: config.Full}
		s.Mail = config.Mail{Server: "mail.invalid:25", Address: "no-reply@example.com", Notifications: true}
	})
	w.must(w.admin, http.MethodPut, "/users/sessions/device", map[string]string{"device_id": "apple_rn-v2:ada"})
	post(b, w)
}

func post(b *testing.B, w *bundle) {
	h := w.api.Handler()
	for n := 0; b.Loop(); n++ {
		body := fmt.Sprintf(`{"channel_id":%q,"message":"message %d says some fifteen words of timber and stone, as people do when they work"}`, w.public.ID, n)
		r := httptest.NewRequest(http.MethodPost, "/api/v4/posts", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.member.token)
		answer := httptest.NewRecorder()
		if h.ServeHTTP(answer, r); answer.Code != http.StatusCreated {
			b.Fatal(answer.Body)
		}
	}
}
