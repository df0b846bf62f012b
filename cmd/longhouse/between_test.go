package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// between lets meddle stand between the program, which is signed in, and the API, which is pass. n counts the requests with
// this method and path.
func (s *shell) between(meddle func(w http.ResponseWriter, r *http.Request, n int, pass http.Handler)) *asked {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.home, ".config", "longhouse", "login.json"))
	s.must(err)
	saved, err := parseLogin(raw)
	s.must(err)
	s.token = saved.Token
	api, err := url.Parse(s.api)
	s.must(err)
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(api) }}
	a := &asked{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		meddle(w, r, a.note(r), pass)
	}))
	s.t.Cleanup(web.Close)
	s.api = web.URL
	return a
}

// asked is what was asked, in its order.
type asked struct {
	mu   sync.Mutex
	list []*http.Request
}

func (a *asked) note(r *http.Request) (n int) {
	a.mu.Lock()
	a.list = append(a.list, r)
	a.mu.Unlock()
	return len(a.of(r.Method, r.URL.Path))
}

// of returns the requests with this method and end of the path.
func (a *asked) of(method, end string) (list []*http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.list {
		if r.Method == method && strings.HasSuffix(r.URL.Path, end) {
			list = append(list, r)
		}
	}
	return list
}

// hangUp ends a connection without an answer.
func hangUp() { panic(http.ErrAbortHandler) }

// unread is an answer that nobody gets.
type unread struct{ header http.Header }

func (u unread) Header() http.Header         { return u.header }
func (u unread) Write(p []byte) (int, error) { return len(p), nil }
func (u unread) WriteHeader(int)             {}

// oneKey fails the test unless the requests bear one idempotency key.
func oneKey(t *testing.T, list []*http.Request) {
	t.Helper()
	for _, r := range list {
		if key := r.Header.Get("Idempotency-Key"); key == "" || key != list[0].Header.Get("Idempotency-Key") {
			t.Errorf("the key is %q", key)
		}
	}
}
