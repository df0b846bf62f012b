package outbound

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func anywhere(string) bool { return true }

// length is how much of a page is read.
func length(read *int64) func(Page) error {
	return func(p Page) (err error) {
		*read, err = io.Copy(io.Discard, p.Body)
		return err
	}
}

func TestALookTakesTheBeginningAndSaysNothingOfWhoLooks(t *testing.T) {
	t.Parallel()
	var asked http.Header
	page := start(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		_, _ = io.WriteString(w, strings.Repeat("x", 2*mostLooked))
	})
	from := start(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, page.url, http.StatusFound) })
	c, log := client(t, "127.0.0.0/8", nil)
	var read int64
	if err := c.Look(t.Context(), from.url, "text/html", anywhere, length(&read)); err != nil || read != mostLooked {
		t.Errorf("%d bytes (%v)", read, err)
	}
	if asked.Get("Referer")+asked.Get("Cookie")+asked.Get("Authorization") != "" || asked.Get("Accept") != "text/html" || log.Len() > 0 {
		t.Errorf("%v is asked, and logged %s", asked, log)
	}
}

func TestALookGoesNowhereElse(t *testing.T) {
	t.Parallel()
	inside := start(t, says("inside"))
	failing := start(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	named := strings.Replace(inside.url, "127.0.0.1", "localhost", 1)
	var to string
	from := start(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
	c, _ := client(t, "127.0.0.0/8", nil)
	outside, _ := client(t, "", nil)
	var read int64
	only := func(host string) bool { return host == "127.0.0.1" }
	if err := outside.Look(t.Context(), inside.url, "", anywhere, length(&read)); !errors.Is(err, ErrForbidden) {
		t.Errorf("inside: %v", err)
	}
	for _, to = range []string{named, strings.Replace(inside.url, "http://", "http://u:p@", 1), "ftp://127.0.0.1", failing.url, from.url} {
		for _, link := range []string{to, from.url} {
			if err := c.Look(t.Context(), link, "", only, length(&read)); err == nil {
				t.Errorf("%s to %s is looked at", link, to)
			}
		}
	}
	if inside.reached.Load() != 0 || from.reached.Load() > 20 {
		t.Errorf("%d, %d", inside.reached.Load(), from.reached.Load())
	}
}
