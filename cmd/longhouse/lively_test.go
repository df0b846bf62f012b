package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestAnAnswerMayTakeLongButNotFallSilent has more pauses than the silence that is borne, each shorter than it.
func TestAnAnswerMayTakeLongButNotFallSilent(t *testing.T) {
	t.Parallel()
	const silence, parts = 300 * time.Millisecond, 12
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(silence / 6)
		defer tick.Stop()
		for range parts {
			<-tick.C
			_, _ = w.Write([]byte("."))
			_ = http.NewResponseController(w).Flush()
		}
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(web.Close)
	c := http.Client{Transport: newLively(silence)}
	for path, want := range map[string]error{"/": nil, "/silent": errSilent} {
		res, err := c.Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(res.Body)
		if len(all) != parts || !errors.Is(err, want) {
			t.Errorf("%s: %q, %v", path, all, err)
		}
		_ = res.Body.Close()
	}
}

func TestNoAnswerIsLimitedAsAWhole(t *testing.T) {
	t.Parallel()
	api, err := dial("http://127.0.0.1:1", "")
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := api.Client.Client.(*http.Client); !ok || c.Timeout != 0 {
		t.Errorf("%+v", api.Client.Client)
	}
}
