package api_test

import (
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/admin"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

type visit struct {
	Username string    `json:"username"`
	Address  string    `json:"address"`
	Sessions int64     `json:"sessions"`
	LastAt   time.Time `json:"last_at"`
}

// visited is a bundle behind an edge, whose admin listener says who was there, by address.
func visited(t *testing.T) (b *bundle, visits func(since string) (int, map[string]visit)) {
	t.Helper()
	public, private, _ := ed25519.GenerateKey(nil)
	b = setupWith(t, func(s *config.Settings) {
		s.Admin = config.Admin{Listen: "unix:/nowhere", WorkspaceID: "ws_one", Key: public}
		s.RateLimit.ProxyHeader = "X-Forwarded-For"
	})
	return b, func(since string) (int, map[string]visit) {
		t.Helper()
		token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{Subject: "op_somebody", Audience: jwt.ClaimStrings{"ws_one"},
			ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute))}).SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/admin/v1/visits?since="+since, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		(&admin.Desk{API: b.api, Log: slog.New(slog.DiscardHandler)}).Handler().ServeHTTP(w, r)
		var out struct{ Visits []visit }
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		list := map[string]visit{}
		for _, v := range out.Visits {
			list[v.Address] = v
		}
		return w.Code, list
	}
}

func TestTheHostLearnsFromWhereAWorkspaceIsUsed(t *testing.T) {
	t.Parallel()
	b, visits := visited(t)
	now := time.Now()
	b.api.Sessions.Now = func() time.Time { return now }
	come := func(as person, address string) {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/api/v4/users/me", nil)
		r.Header.Set("Authorization", "Bearer "+as.token)
		r.Header.Set("X-Forwarded-For", "203.0.113.99, "+address) // what stands before anybody may have written
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("from %s: %d", address, answer.StatusCode)
		}
	}
	since := func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
	b.forgetAddresses()
	come(b.admin, "::ffff:198.51.100.7")
	come(b.member, "2001:db8::7")
	begin := now
	if status, list := visits(since(begin)); status != http.StatusOK || len(list) != 2 || list["198.51.100.7"].Username != "ada" || list["2001:db8::7"].Sessions != 1 || list["2001:db8::7"].LastAt.UnixMilli() != begin.UnixMilli() {
		t.Errorf("%d %+v", status, list)
	}
	now = begin.Add(59 * time.Second)
	come(b.admin, "192.0.2.1") // which would be written too often
	if _, list := visits(since(begin)); len(list) != 2 || list["192.0.2.1"].Sessions != 0 {
		t.Errorf("%+v", list)
	}
	now = begin.Add(time.Minute)
	come(b.admin, "192.0.2.1")
	come(b.member, "2001:db8::7")
	if _, list := visits(since(begin)); len(list) != 2 || list["192.0.2.1"].Username != "ada" || !list["2001:db8::7"].LastAt.Before(now.Add(-time.Second)) {
		t.Errorf("%+v", list)
	}
	now = begin.Add(10 * time.Minute)
	come(b.member, "2001:db8::7")
	if _, list := visits(since(now)); len(list) != 1 || list["2001:db8::7"].Sessions != 1 {
		t.Errorf("%+v", list)
	}
	if status, _ := visits("yesterday"); status != http.StatusBadRequest {
		t.Errorf("%d", status)
	}
	now = begin.Add(31 * 24 * time.Hour)
	if err := b.api.Sessions.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, list := visits("0"); len(list) != 0 {
		t.Errorf("after 30 days it is known of %+v", list)
	}
}

// forgetAddresses is as if nobody had been here yet.
func (b *bundle) forgetAddresses() {
	b.t.Helper()
	if err := b.api.DB.ForgetSessionAddresses(b.t.Context(), time.Now().Add(time.Hour).UnixMilli()); err != nil {
		b.t.Fatal(err)
	}
}
