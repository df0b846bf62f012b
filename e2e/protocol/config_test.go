package protocol

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// An admin's program gets the configuration, changes what it wants, and puts all of it back.
func TestTheWholeConfigurationGoesThereAndBack(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t, "MM_SERVICESETTINGS_POSTEDITTIMELIMIT=3600")
	ctx := t.Context()
	version := w.version(ada)
	c := ok[*model.Config](t)(ada.GetConfig(ctx))
	if *c.ServiceSettings.SiteURL != w.url || *c.SqlSettings.DataSource != model.FakeSetting || *c.FileSettings.AmazonS3SecretAccessKey != model.FakeSetting || *c.PluginSettings.Enable || *c.LdapSettings.Enable {
		t.Errorf("it says %s, %s, %s", *c.ServiceSettings.SiteURL, *c.SqlSettings.DataSource, *c.FileSettings.AmazonS3SecretAccessKey)
	}
	if same := ok[*model.Config](t)(ada.UpdateConfig(ctx, c)); *same.TeamSettings.SiteName != "Longhouse" || w.version(ada) != version {
		t.Errorf("put back as it was, it is of %s, and %s became %s", *same.TeamSettings.SiteName, version, w.version(ada))
	}
	c.SetDefaults()
	*c.TeamSettings.SiteName, *c.TeamSettings.TeammateNameDisplay, *c.ServiceSettings.PostEditTimeLimit = "The Shed", "full_name", 5 // of which the last is up to the environment
	changed := ok[*model.Config](t)(ada.UpdateConfig(ctx, c))
	if *changed.TeamSettings.SiteName != "The Shed" || *changed.TeamSettings.TeammateNameDisplay != "full_name" || *changed.ServiceSettings.PostEditTimeLimit != 3600 {
		t.Errorf("it became %s, %s, %d", *changed.TeamSettings.SiteName, *changed.TeamSettings.TeammateNameDisplay, *changed.ServiceSettings.PostEditTimeLimit)
	}
	told, _ := ben.expect(model.WebsocketEventConfigChanged).GetData()["config"].(map[string]any)
	if told["SiteName"] != "The Shed" || told["TeammateNameDisplay"] != "full_name" || told["MaxFileSize"] == nil {
		t.Errorf("clients are told %v", told)
	}
	if now := ok[map[string]string](t)(ben.GetClientConfig(ctx, "")); now["SiteName"] != "The Shed" || w.version(ada) == version {
		t.Errorf("a client reads %s, version %s", now["SiteName"], w.version(ada))
	}
	patched := ok[*model.Config](t)(ada.PatchConfig(ctx, &model.Config{SupportSettings: model.SupportSettings{SupportEmail: model.NewPointer("help@example.com")}}))
	if *patched.SupportSettings.SupportEmail != "help@example.com" || *patched.TeamSettings.SiteName != "The Shed" {
		t.Errorf("patched, it is %s of %s", *patched.SupportSettings.SupportEmail, *patched.TeamSettings.SiteName)
	}
	fixed := ok[map[string]any](t)(ada.GetEnvironmentConfig(ctx))
	if service, _ := fixed["ServiceSettings"].(map[string]any); service["PostEditTimeLimit"] != true || service["SiteURL"] != true || service["EnableCommands"] != nil || fixed["TeamSettings"] != nil {
		t.Errorf("the environment decides %v", fixed)
	}
	if answer, err := ada.ReloadConfig(ctx); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("reload: %v", err)
	}
	_, answer, err := ben.GetConfig(ctx)
	refused(t, http.StatusForbidden, answer, err)
	*c.LdapSettings.Enable = true
	_, answer, err = ada.UpdateConfig(ctx, c)
	if app := refused(t, http.StatusForbidden, answer, err); !strings.Contains(app.Message, "LdapSettings.Enable") {
		t.Errorf("the refusal says %q", app.Message)
	}
}

func (w *workspace) version(c *client) string {
	w.t.Helper()
	_, answer, err := w.as(c.AuthToken).GetPing(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.Header.Get("X-Version-Id")
}

// What is left out is left out whole: a program that keeps the configuration sees what was decided.
func TestTheConfigurationIsShownWithoutWhatIsUsual(t *testing.T) {
	t.Parallel()
	_, ada, _, _ := talk(t)
	ok[*model.Config](t)(ada.PatchConfig(t.Context(), &model.Config{TeamSettings: model.TeamSettings{SiteName: model.NewPointer("The Shed")}}))
	got := ok[map[string]any](t)(ada.GetConfigWithOptions(t.Context(), model.GetConfigOptions{RemoveMasked: true, RemoveDefaults: true}))
	if name := got["TeamSettings"].(map[string]any); len(name) != 1 || name["SiteName"] != "The Shed" || got["SqlSettings"] != nil || got["LdapSettings"] != nil {
		t.Errorf("it shows %v", got)
	}
	for name := range got["FileSettings"].(map[string]any) {
		if strings.HasSuffix(name, "Key") || strings.HasSuffix(name, "Bucket") {
			t.Errorf("it shows %s", name)
		}
	}
}

// What is changed at one instance holds at the other at once, is told to those who are connected there, and holds after a restart.
func TestTwoInstancesAreConfiguredAlike(t *testing.T) {
	t.Parallel()
	a, ada, ben, _ := talk(t)
	b := a.beside()
	meet(a, b)
	ctx := t.Context()
	ben.socket.Close()
	ben = b.signIn("ben", "bens-password")
	there := &client{Client4: b.as(ada.AuthToken), t: t}
	before := a.version(ada)
	if before != b.version(there) {
		t.Errorf("before, the instances are of %s and %s", before, b.version(there))
	}
	for i, step := range []struct {
		by   *client
		name string
	}{{ada, "The Shed"}, {there, "The Barn"}} {
		c := ok[*model.Config](t)(step.by.GetConfig(ctx))
		*c.TeamSettings.SiteName = step.name
		ok[*model.Config](t)(step.by.UpdateConfig(ctx, c))
		for _, listener := range []*client{ada, ben} {
			if told := listener.expect(model.WebsocketEventConfigChanged).GetData()["config"].(map[string]any); told["SiteName"] != step.name {
				t.Errorf("step %d: it is told of %v", i, told["SiteName"])
			}
		}
		for _, reader := range []*client{ada, there} {
			if c := ok[*model.Config](t)(reader.GetConfig(ctx)); *c.TeamSettings.SiteName != step.name {
				t.Errorf("step %d: it reads %s", i, *c.TeamSettings.SiteName)
			}
		}
	}
	version := a.version(ada)
	if version == before || version != b.version(there) {
		t.Errorf("after, the instances are of %s and %s", version, b.version(there))
	}
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-b.ended; err != nil {
		t.Fatal(err)
	}
	b.serve()
	if told := ok[map[string]string](t)(b.as(ada.AuthToken).GetClientConfig(ctx, "")); told["SiteName"] != "The Barn" || b.version(there) != version {
		t.Errorf("after a restart it is %s, version %s", told["SiteName"], b.version(there))
	}
}

// Whoever is started while somebody changes the configuration learns of it.
func TestAnInstanceThatComesLaterIsConfiguredAlike(t *testing.T) {
	t.Parallel()
	a, ada, _, _ := talk(t)
	name := model.NewPointer("Shed 0")
	stop := make(chan struct{})
	changed := make(chan string)
	go func() {
		last := ""
		for i := 0; ; i++ {
			select {
			case <-stop:
				changed <- last
				return
			default:
			}
			*name = "Shed " + model.NewId()[:8]
			if _, _, err := ada.PatchConfig(t.Context(), &model.Config{TeamSettings: model.TeamSettings{SiteName: name}}); err == nil {
				last = *name
			}
		}
	}()
	b := a.beside()
	close(stop)
	last := <-changed
	meet(a, b)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ok[map[string]string](t)(b.as(ada.AuthToken).GetClientConfig(t.Context(), ""))["SiteName"] != last; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it never becomes %s", last)
		}
	}
}
