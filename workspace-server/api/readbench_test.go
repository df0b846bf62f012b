package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkReadAPage is the newest page of a channel, without a network.
func BenchmarkReadAPage(b *testing.B) {
	w := setup(b)
	for n := range 60 {
		w.say(w.admin, w.public.ID, fmt.Sprintf("message %d says some fifteen words of timber and stone, as people do when they work", n))
	}
	h := w.api.Handler()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/api/v4"+w.in(w.public)+"/posts?page=0&per_page=60", nil)
		r.Header.Set("Authorization", "Bearer "+w.member.token)
		answer := httptest.NewRecorder()
		if h.ServeHTTP(answer, r); answer.Code != http.StatusOK {
			b.Fatal(answer.Body)
		}
	}
}
