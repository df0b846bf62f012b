package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkPost is a plain post in a public channel, without a network.
func BenchmarkPost(b *testing.B) {
	w := setup(b)
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
