package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

type testExchange struct {
	*exchange
	recorder *httptest.ResponseRecorder
}

func newTestExchange(host string) testExchange {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = host
	return testExchange{newExchange(w, r), w}
}

func TestOneClientHasOneAddress(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1",
		"@": "invalid IP", "": "invalid IP", "name:80": "invalid IP",
	} {
		if got := clientAddress(remote).String(); got != want {
			t.Errorf("%q: got %s, want %s", remote, got, want)
		}
	}
}
