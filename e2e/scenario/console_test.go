package scenario

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// from is a client that the proxy in front of the edge says is at an address.
type from struct {
	through http.RoundTripper
	address string
}

func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.address)
	return f.through.RoundTrip(r)
}

func at(c *machine.Customer, address string) *http.Client {
	client := c.Machine.HTTP()
	client.Transport = from{client.Transport, address}
	return client
}

// stable waits until the page could be saved again, as the page does.
func stable(t *testing.T, admin *model.Client4) (i model.Installation) {
	t.Helper()
	machine.Eventually(t, 20*time.Second, "the IP filter to be in force everywhere", func() error {
		i = must[model.Installation](t)(installation(admin))
		if i.State != "stable" {
			return fmt.Errorf("it is %s", i.State)
		}
		return nil
	})
	return i
}

func installation(admin *model.Client4) (model.Installation, *model.Response, error) {
	r, err := admin.DoAPIGet(context.Background(), "/cloud/installation", "")
	if err != nil {
		return model.Installation{}, model.BuildResponse(r), err
	}
	defer func() { _ = r.Body.Close() }()
	return model.DecodeJSONFromResponse[model.Installation](r)
}

// TestAnIPFilterIsSetAtTheWorkspacesOwnConsole by the official client, through the workspace, and the edge obeys.
func TestAnIPFilterIsSetAtTheWorkspacesOwnConsole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := machine.Start(t, "--trusted-proxies", "127.0.0.0/8", "--forwarded-header", "X-Forwarded-For")
	c := m.SignUp(t, "cedar")
	admin := c.Client()
	admin.HTTPClient = at(c, "203.0.113.9")
	admin.SetToken(c.Open(t).Token)
	me := must[*model.User](t)(admin.GetMe(ctx, ""))

	config := must[*model.Config](t)(admin.GetConfig(ctx))
	if !config.FeatureFlags.CloudIPFiltering {
		t.Error("the page is not shown")
	}
	if ip := must[*model.GetIPAddressResponse](t)(admin.GetMyIP(ctx)); ip.IP != "203.0.113.9" {
		t.Errorf("who asks is at %s", ip.IP)
	}
	wanted := &model.AllowedIPRanges{{CIDRBlock: "203.0.113.0/24", Description: "Office", Enabled: true, OwnerID: me.Id}}
	saved := must[*model.AllowedIPRanges](t)(admin.ApplyIPFilters(ctx, wanted))
	if !reflect.DeepEqual(saved, wanted) {
		t.Errorf("saved was %+v", saved)
	}
	if i := stable(t, admin); i.ID != c.Workspace.ID || !reflect.DeepEqual(i.AllowedIPRanges, wanted) {
		t.Errorf("%+v", i)
	}
	for address, want := range map[string]int{"203.0.113.77": http.StatusOK, "198.51.100.1": http.StatusForbidden} {
		resp, err := at(c, address).Get(c.Workspace.URL + "/api/v4/system/ping")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s is answered %s", address, resp.Status)
		}
	}
	hookFromElsewhere(t, c, admin)
	_, resp, err := admin.ApplyIPFilters(ctx, &model.AllowedIPRanges{{CIDRBlock: "198.51.100.0/24", Enabled: true}})
	if err == nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(err.Error(), "203.0.113.9, the address from which you save it") {
		t.Errorf("who would shut themselves out is told %v", err)
	}
	shown, _, err := m.TryCLI(c.Token, "ip-filter", "history", c.Slug)
	if err != nil || !strings.Contains(string(shown), c.Workspace.ID+"/"+me.Id) || !strings.Contains(string(shown), "in the workspace's system console") {
		t.Errorf("%v: %s", err, shown)
	}

	// The secret is another one after each start, and nobody sees it.
	const held = "select encode(control_token_hash, 'hex') from instances where state = 'ready'"
	before := m.Value(t, held)
	m.CLI(t, c.Token, nil, "workspaces", "stop", c.Slug, "--wait")
	m.CLI(t, c.Token, nil, "workspaces", "start", c.Slug, "--wait")
	if again := must[*model.AllowedIPRanges](t)(admin.GetIPFilters(ctx)); !reflect.DeepEqual(again, wanted) {
		t.Errorf("after another start it is %+v", again)
	}
	if after := m.Value(t, held); after == before || after == "" {
		t.Errorf("the secret was %q, and is %q", before, after)
	}
	must[*model.AllowedIPRanges](t)(admin.ApplyIPFilters(ctx, &model.AllowedIPRanges{}))
	resp2, err := at(c, "198.51.100.1").Get(c.Workspace.URL + "/api/v4/system/ping")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp2.Body.Close()
	if resp2.StatusCode != http.StatusOK {
		t.Errorf("without rules everybody is let in, and not answered %s", resp2.Status)
	}
}

// hookFromElsewhere posts by an incoming webhook from an address that no rule lets in, once there is an exception for it.
func hookFromElsewhere(t *testing.T, c *machine.Customer, admin *model.Client4) {
	t.Helper()
	ctx := t.Context()
	team := must[*model.Team](t)(admin.CreateTeam(ctx, &model.Team{Name: "house", DisplayName: "House", Type: model.TeamOpen}))
	square := must[*model.Channel](t)(admin.GetChannelByName(ctx, "town-square", team.Id, ""))
	hook := must[*model.IncomingWebhook](t)(admin.CreateIncomingWebhook(ctx, &model.IncomingWebhook{ChannelId: square.Id}))
	url := c.Workspace.URL + "/hooks/" + hook.Id
	post := func(url string) int {
		t.Helper()
		resp, err := at(c, "198.51.100.1").Post(url, "application/json", strings.NewReader(`{"text": "the build is green"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if status := post(url); status != http.StatusForbidden {
		t.Errorf("without an exception it is answered %d", status)
	}
	c.Machine.CLI(t, c.Token, nil, "ip-filter", "except", c.Slug, "incoming_webhook", "198.51.100.0/24", "--tokens", machine.Secret(t, url), "--force")
	if status := post(url); status != http.StatusOK {
		t.Errorf("with one it is answered %d", status)
	}
	for _, other := range []string{c.Workspace.URL + "/hooks/" + strings.Repeat("a", 26), c.Workspace.URL + "/api/v4/posts", url + "/../../api/v4/posts"} {
		if status := post(other); status != http.StatusForbidden {
			t.Errorf("%s is answered %d", other, status)
		}
	}
}
