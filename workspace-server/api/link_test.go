package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOnlyAGetThatSomebodyWaitsForUsesASignInLinkUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := strings.TrimPrefix(b.link(), b.url)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		got := b.open(stay, method, link)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != http.MethodGet || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", method, got.status, got.header)
		}
	}
	for _, header := range [][]string{{"Sec-Purpose", "prefetch"}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}, {"X-Purpose", "preview"}, {"X-Moz", "prefetch"}} {
		got := b.open(stay, http.MethodGet, link, header...)
		got.isPage(t, http.StatusServiceUnavailable) // no success, so that a browser asks again
		got.shows(t, `<a href="`+link+`">sign in</a>`)
		if got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: it signs somebody in", header)
		}
	}
	if status, text := b.follow(b.url + link); status != http.StatusOK {
		t.Fatalf("the person it was for: %d %s", status, text)
	}
}
