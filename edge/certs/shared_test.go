package certs

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyserver/certmagic"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
)

func token(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte("secret\n"), 0o600))
	return file
}

func TestTheTestsControlPlaneHoldsToTheSuite(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	certstest.NewControl(t, "longhouse.localhost").Handle(mux)
	control := httptest.NewServer(mux)
	t.Cleanup(control.Close)
	certstest.Storage(t, func(t *testing.T) certmagic.Storage { return newShared(control.URL, token(t)) })
}

func TestAControlPlaneThatCanNotBeReachedIsLeftAloneForAMoment(t *testing.T) {
	t.Parallel()
	control := httptest.NewServer(http.NotFoundHandler())
	control.Close()
	s := newShared(control.URL, token(t))
	if _, err := s.Load(t.Context(), "a"); !errors.Is(err, errControl) || s.restUntil.Load() == 0 {
		t.Fatalf("err = %v", err)
	}
	asked := false
	s.client.Transport = roundTrip(func(*http.Request) (*http.Response, error) { asked = true; return nil, errors.New("no") })
	if _, err := s.Load(t.Context(), "a"); !errors.Is(err, errControl) || asked {
		t.Errorf("err = %v, asked again: %t", err, asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAControlPlanesAnswersAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   func(error) bool
	}{
		"another token": {http.StatusUnauthorized, `{"detail":"no"}`, func(err error) bool { return errors.Is(err, errControl) }},
		"its trouble":   {http.StatusServiceUnavailable, "", func(err error) bool { return errors.Is(err, errControl) }},
		"elsewhere":     {http.StatusFound, "", func(err error) bool { return errors.Is(err, errControl) }},
		"nonsense":      {http.StatusForbidden, "<html>", func(err error) bool { return errors.Is(err, errControl) }},
		"held":          {http.StatusConflict, "", func(err error) bool { return errors.Is(err, errHeld) }},
		"refused": {http.StatusForbidden, `{"detail":"no workspace"}`, func(err error) bool {
			return !errors.Is(err, errControl) && err.Error() == "the control plane refuses: no workspace"
		}},
	} {
		control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != "Bearer secret" {
				t.Errorf("authorization %q", got)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		if _, err := newShared(control.URL, token(t)).Load(t.Context(), "a"); err == nil || !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
		control.Close()
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
