package admin

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

func TestEveryCallLeavesALineOfWhoAskedAndNoSecret(t *testing.T) {
	t.Parallel()
	public, private, _ := ed25519.GenerateKey(nil)
	claims := jwt.RegisteredClaims{Subject: "op_somebody", Audience: jwt.ClaimStrings{"ws_one"}, ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute))}
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	desk := &Desk{Log: slog.New(slog.NewJSONHandler(&log, nil)),
		API: &api.API{Now: clock.System, Config: config.NewBook(nil, nil, nil, config.Settings{Admin: config.Admin{WorkspaceID: "ws_one", Key: public}}, config.Identity{})}}
	outcomes := map[string]struct {
		token, subject string
		status         int
		do             call
	}{
		"/answered": {token, "op_somebody", http.StatusOK, func(http.ResponseWriter, *http.Request) (any, error) {
			return map[string]string{"token": "a-secret"}, nil
		}},
		"/wrong":    {token, "op_somebody", http.StatusNotFound, func(http.ResponseWriter, *http.Request) (any, error) { return nil, fault.NotFound("user") }},
		"/stranger": {"a-secret", "", http.StatusUnauthorized, nil},
	}
	for path, c := range outcomes {
		log.Reset()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path+"?t=a-secret", strings.NewReader(`{"password":"a-secret"}`))
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("X-Request-Id", "req_of_the_control_plane")
		w := httptest.NewRecorder()
		desk.guard(c.do)(w, r)
		var line struct{ Level, Method, Path, Subject, Request string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil { // also when there are two
			t.Fatalf("%s: %v: %q", path, err, log.String())
		}
		if w.Code != c.status || line.Level != "INFO" || line.Method != http.MethodPost || line.Path != path || line.Subject != c.subject || line.Request != "req_of_the_control_plane" {
			t.Errorf("%s: %d %s", path, w.Code, log.String())
		}
		if strings.Contains(log.String(), "a-secret") || strings.Contains(log.String(), token) {
			t.Errorf("%s: the log holds a secret: %s", path, log.String())
		}
	}
}
