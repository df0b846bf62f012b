package api_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// plane stands where the control plane begins.
type plane struct {
	mu      sync.Mutex
	saved   upcall.Save
	filter  upcall.IPFilter
	refuses int // 0: it doesn't
	why     string
	seen    []string // who asked, and by which secret
}

func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
	if p.refuses != 0 {
		w.WriteHeader(p.refuses)
		_ = json.NewEncoder(w).Encode(upcall.Problem{Detail: p.why})
		return
	}
	if r.Method == http.MethodPut {
		p.saved = upcall.Save{}
		_ = json.NewDecoder(r.Body).Decode(&p.saved)
		p.filter = upcall.IPFilter{Version: p.filter.Version + 1, Rules: p.saved.Rules}
	}
	_ = json.NewEncoder(w).Encode(p.filter)
}

func (p *plane) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// hosted is a workspace that somebody hosts.
func hosted(t *testing.T) (*bundle, *plane) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // short: sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "control")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	p := &plane{filter: upcall.IPFilter{Settled: true}}
	web := httptest.NewUnstartedServer(p)
	_ = web.Listener.Close()
	web.Listener = listener
	web.Start()
	t.Cleanup(web.Close)
	return setupWith(t, func(s *config.Settings) {
		s.Control = config.Control{Socket: socket, Token: "lhi_secret"}
		s.Admin.WorkspaceID = "ws_1"
		s.RateLimit.ProxyHeader = "X-Forwarded-For"
	}), p
}

func TestTheIPFilterIsSetAtTheSystemConsole(t *testing.T) {
	t.Parallel()
	b, p := hosted(t)
	list := []wire.AllowedIPRange{{CIDRBlock: "127.0.0.0/8", Description: "Office", Enabled: true, OwnerID: b.admin.id.String()}, {CIDRBlock: "2001:db8::/32"}}
	saved := must[[]wire.AllowedIPRange](b, b.admin, http.MethodPost, "/ip_filtering", list)
	want := upcall.Save{User: upcall.User{ID: b.admin.id.String(), Name: "ada"}, From: "127.0.0.1",
		Rules: []upcall.IPRule{{Network: "127.0.0.0/8", Name: "Office", Enabled: true, Owner: b.admin.id.String()}, {Network: "2001:db8::/32"}}}
	if !reflect.DeepEqual(saved, list) || !reflect.DeepEqual(p.saved, want) {
		t.Errorf("asked was %+v, and answered %+v", p.saved, saved)
	}
	if got := must[[]wire.AllowedIPRange](b, b.admin, http.MethodGet, "/ip_filtering", nil); !reflect.DeepEqual(got, list) {
		t.Errorf("shown is %+v", got)
	}
	if got := must[wire.Installation](b, b.admin, http.MethodGet, "/cloud/installation", nil); got.State != "update-in-progress" || got.ID != "ws_1" || !reflect.DeepEqual(got.AllowedIPRanges, list) {
		t.Errorf("%+v", got)
	}
	p.set(func() { p.filter.Settled = true })
	if got := must[wire.Installation](b, b.admin, http.MethodGet, "/cloud/installation", nil); got.State != "stable" {
		t.Errorf("%+v", got)
	}
	for _, seen := range p.seen {
		if !strings.HasSuffix(seen, " /workspace/v1/ip-filter Bearer lhi_secret") {
			t.Errorf("asked was %s", seen)
		}
	}
}

// TestWhoAsksIsSeenAsTheEdgeSaysIt: the last address is who the edge has seen, and an address of IPv6 is told whole.
func TestWhoAsksIsSeenAsTheEdgeSaysIt(t *testing.T) {
	t.Parallel()
	b, _ := hosted(t)
	for forwarded, want := range map[string]string{"": "127.0.0.1", "203.0.113.9": "203.0.113.9", "10.0.0.1, 2001:db8::9": "2001:db8::9", "::ffff:203.0.113.9": "203.0.113.9", "nobody": ""} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/api/v4/ip_filtering/my_ip", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+b.admin.token)
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		var got wire.Address
		if a := b.send(r); json.Unmarshal(a.body, &got) != nil || got.IP != want {
			t.Errorf("%q is %d %s, want %q", forwarded, a.status, a.body, want)
		}
	}
}

func TestOnlyAdminsSeeTheIPFilter(t *testing.T) {
	t.Parallel()
	b, p := hosted(t)
	for _, l := range []line{{http.MethodGet, "/ip_filtering"}, {http.MethodPost, "/ip_filtering"}, {http.MethodGet, "/ip_filtering/my_ip"}, {http.MethodGet, "/cloud/installation"}} {
		if a := b.call(b.member, l.method, l.path, []wire.AllowedIPRange{}); a.status != http.StatusForbidden {
			t.Errorf("%s %s answers a member with %d %s", l.method, l.path, a.status, a.body)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("asked was %v", p.seen)
	}
}

func TestWhyAnIPFilterIsNotSavedIsTold(t *testing.T) {
	t.Parallel()
	b, p := hosted(t)
	for _, c := range []struct {
		refuses, status int
		why, id, say    string
	}{
		{409, 400, "this IP filter shuts you out", "api.ip_filtering.refused.app_error", "this IP filter shuts you out"},
		{422, 400, "rule 1: 100% wrong", "api.ip_filtering.refused.app_error", "rule 1: 100% wrong"},
		{429, 429, "in 7 s", "api.ip_filtering.too_often.app_error", "too often"},
		{401, 503, "this is no workspace's token", "api.ip_filtering.away.app_error", "not answering"},
		{500, 503, "a secret of the database", "api.ip_filtering.away.app_error", "not answering"},
		{302, 503, "", "api.ip_filtering.away.app_error", "not answering"},
	} {
		p.set(func() { p.refuses, p.why = c.refuses, c.why })
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a := b.call(b.admin, method, "/ip_filtering", []wire.AllowedIPRange{})
			if a.status != c.status || a.error().ID != c.id || !strings.Contains(a.error().Message, c.say) {
				t.Errorf("%d of the control plane is %d %s", c.refuses, a.status, a.body)
			}
		}
	}
	asked := len(p.seen)
	for _, body := range []string{`{}`, `[{"cidr_block": 7}]`, `[{"cidr_block": "::/0", "owner_id": "Ada"}]`} {
		if a := b.call(b.admin, http.MethodPost, "/ip_filtering", []byte(body)); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if len(p.seen) != asked {
		t.Error("what makes no sense is asked all the same")
	}
}

// TestWhereNobodyHostsAWorkspaceThereIsNoIPFilter, and the page for it is not shown.
func TestWhereNobodyHostsAWorkspaceThereIsNoIPFilter(t *testing.T) {
	t.Parallel()
	alone := setup(t)
	for _, l := range []line{{http.MethodGet, "/ip_filtering"}, {http.MethodPost, "/ip_filtering"}, {http.MethodGet, "/ip_filtering/my_ip"}, {http.MethodGet, "/cloud/installation"}} {
		a := alone.call(alone.admin, l.method, l.path, []wire.AllowedIPRange{})
		if a.status != http.StatusNotImplemented || a.error().ID != "api.context.ip_filtering.not_available.app_error" {
			t.Errorf("%s %s answers %d %s", l.method, l.path, a.status, a.body)
		}
	}
	with, _ := hosted(t)
	for b, want := range map[*bundle]string{alone: "false", with: "true"} {
		if got := must[config.Document](b, b.admin, http.MethodGet, "/config", nil); string(got["FeatureFlags"]["CloudIPFiltering"]) != want {
			t.Errorf("the flag is %s, want %s", got["FeatureFlags"]["CloudIPFiltering"], want)
		}
	}
}
