package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
)

// wish is a document that says one thing, such as TeamSettings.SiteName.
func only(full string, v any) map[string]map[string]any {
	section, name, _ := strings.Cut(full, ".")
	return map[string]map[string]any{section: {name: v}}
}

// decide has the admin give a setting a value.
func (b *bundle) decide(full string, v any) answer {
	b.t.Helper()
	return b.call(b.admin, http.MethodPut, "/config/patch", only(full, v))
}

func (b *bundle) mustDecide(full string, v any) {
	b.t.Helper()
	if got := b.decide(full, v); got.status != http.StatusOK {
		b.t.Fatalf("%s to %v: %d %s", full, v, got.status, got.body)
	}
}

// set is what the document says of a setting.
func (b *bundle) set(full string) string {
	b.t.Helper()
	section, name, _ := strings.Cut(full, ".")
	return string(must[map[string]map[string]json.RawMessage](b, b.admin, http.MethodGet, "/config", nil)[section][name])
}

func TestWhatAdminsMayDecideIsRefusedOtherwise(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(s *config.Settings) { s.MostFileSize = 1 << 20 })
	for _, c := range []struct {
		full   string
		v      any
		status int
		id     string
		says   string
	}{
		{"TeamSettings.SiteName", "", http.StatusBadRequest, "model.config.is_valid.sitename_length.app_error", "TeamSettings.SiteName can't be that: it must be a line of 1 to 30 characters"},
		{"TeamSettings.SiteName", 7, http.StatusBadRequest, "model.config.is_valid.sitename_length.app_error", "1 to 30"},
		{"TeamSettings.TeammateNameDisplay", "nick", http.StatusBadRequest, "model.config.is_valid.teammate_name_display.app_error", "one of username, nickname_full_name, full_name"},
		{"PasswordSettings.MinimumLength", 4, http.StatusBadRequest, "model.config.is_valid.password_length.app_error", "from 5 to 72"},
		{"FileSettings.MaxFileSize", 1<<20 + 1, http.StatusBadRequest, "model.config.is_valid.max_file_size.app_error", "from 1 to 1048576"},
		{"ServiceSettings.SessionLengthWebInHours", 0, http.StatusBadRequest, "model.config.is_valid.session_length_web_in_hours.app_error", "from 1 to 87600"},
		{"SupportSettings.HelpLink", "javascript:alert(1)", http.StatusBadRequest, "model.config.is_valid.help_link.app_error", "begins with https://"},
		{"TeamSettings.RestrictCreationToDomains", "http://x", http.StatusBadRequest, "model.config.is_valid.restrict_creation_to_domains.app_error", "names of domains"},
		{"EmailSettings.RequireEmailVerification", true, http.StatusBadRequest, "model.config.is_valid.require_email_verification.app_error", "sends no mail"},
		{"ServiceSettings.EnableEmailInvitations", true, http.StatusBadRequest, "model.config.is_valid.enable_email_invitations.app_error", "sends no mail"},
		{"EmailSettings.SendEmailNotifications", true, http.StatusBadRequest, "model.config.is_valid.send_email_notifications.app_error", "it must be false, because this workspace sends no mail"},
		{"EmailSettings.EnableEmailBatching", true, http.StatusBadRequest, "model.config.is_valid.enable_email_batching.app_error", "sends no mail"},
		{"EmailSettings.EmailNotificationContentsType", "generic", http.StatusBadRequest, "model.config.is_valid.email_notification_contents_type.app_error", "it must be full, because this workspace sends no mail"},
		{"EmailSettings.PushNotificationContents", "generic", http.StatusBadRequest, "model.config.is_valid.push_notification_contents.app_error", "it must be full, because this workspace tells phones nothing"},
		{"LocalizationSettings.DefaultClientLocale", "zho-Hant", http.StatusBadRequest, "model.config.is_valid.default_client_locale.app_error", "at most 5 letters"},
		{"LdapSettings.Enable", true, http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error", "LdapSettings.Enable"},
		{"PluginSettings.EnableUploads", true, http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error", "PluginSettings.EnableUploads"},
		{"SqlSettings.DriverName", "mysql", http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error", "SqlSettings.DriverName"},
		{"ServiceSettings.SiteURL", "https://elsewhere.example", http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error", "ServiceSettings.SiteURL"},
	} {
		got := b.decide(c.full, c.v)
		if e := got.error(); got.status != c.status || e.ID != c.id || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s to %v: %d %s", c.full, c.v, got.status, got.body)
		}
	}
	for _, body := range []string{`[]`, `{"TeamSettings":7}`, `{"TeamSettings":{"SiteName":"a","SiteName":"b"}}`, `{"TeamSettings":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 41)} {
		if got := b.call(b.admin, http.MethodPut, "/config", []byte(body)); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := b.call(b.admin, http.MethodPut, "/config", make([]byte, 10<<20)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %d", got.status)
	}
	// With one thing that is refused nothing is done of the rest.
	both := map[string]map[string]any{"TeamSettings": {"SiteName": "Other"}, "LdapSettings": {"Enable": true}}
	if got := b.call(b.admin, http.MethodPut, "/config", both); got.status != http.StatusForbidden || b.set("TeamSettings.SiteName") != `"Test"` || b.log.of("configuration changed") != 0 {
		t.Errorf("%d, and the site is %s", got.status, b.set("TeamSettings.SiteName"))
	}
}

func TestWhatIsLeftOutOrAsItIsShownStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide("TeamSettings.SiteName", "The Shed")
	before := b.call(b.admin, http.MethodGet, "/config", nil)
	for _, body := range []string{`{}`, `{"TeamSettings":{}}`, `{"TeamSettings":null}`, `{"TeamSettings":{"SiteName":null}}`, `{"NewSettings":{"Enable":true}}`, `{"NewSettings":7}`, `{"TeamSettings":{"NewSetting":true}}`,
		`{"SqlSettings":{"DataSource":"` + config.Masked + `"},"LdapSettings":{"BindPassword":"` + config.Masked + `"}}`, string(before.body)} {
		got := b.call(b.admin, http.MethodPut, "/config", []byte(body))
		if got.status != http.StatusOK || string(got.body) != string(before.body) || got.header.Get("Etag") != before.header.Get("Etag") || got.header.Get("X-Version-Id") != before.header.Get("X-Version-Id") {
			t.Errorf("%.100s: %d", body, got.status)
		}
	}
	if n := b.log.of("configuration changed"); n != 1 {
		t.Errorf("%d changes are logged", n)
	}
}

// Clients have three lengths of sessions, which are one here: who says the same of all is not refused for the two that follow from the other.
func TestWhatFollowsFromADecisionMayBeSaidWithIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lengths := func(web, mobile int) map[string]map[string]any {
		return map[string]map[string]any{"ServiceSettings": {"SessionLengthWebInHours": web, "SessionLengthMobileInHours": mobile, "SessionLengthSSOInHours": mobile}}
	}
	b.must(b.admin, http.MethodPut, "/config/patch", lengths(5, 5))
	if got := b.set("ServiceSettings.SessionLengthMobileInHours"); got != "5" {
		t.Errorf("it is %s", got)
	}
	b.refuses(b.call(b.admin, http.MethodPut, "/config/patch", lengths(5, 6)), http.StatusForbidden, "api.config.update_config.not_allowed_security.app_error")
	b.must(b.admin, http.MethodPut, "/config/patch", lengths(6, 5)) // as clients send back what they were shown
	if got := b.set("ServiceSettings.SessionLengthMobileInHours"); got != "6" {
		t.Errorf("it is %s", got)
	}
}

func TestWhatTheEnvironmentDecidesStays(t *testing.T) {
	t.Parallel()
	environ := func(name string) string {
		return map[string]string{"MM_SQLSETTINGS_DATASOURCE": "postgres:///x", "MM_TEAMSETTINGS_SITENAME": "Fixed", "MM_SUPPORTSETTINGS_HELPLINK": "https://help.example", "MM_LDAPSETTINGS_ENABLE": "true"}[name]
	}
	b := setupWith(t, func(s *config.Settings) {
		loaded, err := config.Load(environ)
		if err != nil {
			t.Fatal(err)
		}
		loaded.Admin = s.Admin
		*s = loaded
	})
	for full, v := range map[string]any{"TeamSettings.SiteName": "Other", "SupportSettings.HelpLink": "https://other.example", "LdapSettings.Enable": true} {
		b.mustDecide(full, v)
	}
	if b.set("TeamSettings.SiteName") != `"Fixed"` || b.set("SupportSettings.HelpLink") != `"https://help.example"` || b.set("LdapSettings.Enable") != "false" || b.log.of("configuration changed") != 0 {
		t.Errorf("it is %s and %s", b.set("TeamSettings.SiteName"), b.set("SupportSettings.HelpLink"))
	}
	if got := string(b.must(b.admin, http.MethodGet, "/config/environment", nil)); got != `{"LdapSettings":{"Enable":true},"SqlSettings":{"DataSource":true},"SupportSettings":{"HelpLink":true},"TeamSettings":{"SiteName":true}}` {
		t.Errorf("the environment decides %s", got)
	}
	if told := must[map[string]string](b, person{}, http.MethodGet, "/config/client", nil); told["SiteName"] != "Fixed" || told["HelpLink"] != "https://help.example" {
		t.Errorf("clients are told %s, %s", told["SiteName"], told["HelpLink"])
	}
}

func TestEverybodyIsToldOfAChange(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	listeners := []*listener{b.dial(b.admin), b.dial(b.outside), b.dial(guest)}
	version := b.call(b.member, http.MethodGet, "/system/ping", nil).header.Get("X-Version-Id")
	b.mustDecide("TeamSettings.SiteName", "The Shed")
	for _, l := range listeners {
		var told map[string]string
		if err := json.Unmarshal(l.next(realtime.ConfigChanged)["config"], &told); err != nil || told["SiteName"] != "The Shed" || told["MaxFileSize"] == "" {
			t.Errorf("they are told %v (%v)", told["SiteName"], err)
		}
	}
	changed := b.call(b.member, http.MethodGet, "/system/ping", nil).header.Get("X-Version-Id")
	if changed == version || strings.Count(changed, ".") != strings.Count(version, ".") {
		t.Errorf("version %s became %s", version, changed)
	}
	b.mustDecide("TeamSettings.SiteName", "The Barn")
	b.mustDecide("TeamSettings.SiteName", "The Shed")
	if again := b.call(b.member, http.MethodGet, "/system/ping", nil).header.Get("X-Version-Id"); again != changed {
		t.Errorf("with the same decided, %s became %s", changed, again)
	}
}

// Whoever changes one thing loses nobody's other thing, and who asks for it is told that somebody was faster.
func TestChangesAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fields := []string{"TermsOfServiceLink", "PrivacyPolicyLink", "AboutLink", "HelpLink", "ReportAProblemLink", "ForgotPasswordLink"}
	var all sync.WaitGroup
	for _, name := range fields {
		all.Go(func() {
			if got := b.decide("SupportSettings."+name, "https://example.com/"+name); got.status != http.StatusOK {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		})
	}
	all.Wait()
	for _, name := range fields {
		if got := b.set("SupportSettings." + name); got != `"https://example.com/`+name+`"` {
			t.Errorf("%s is %s", name, got)
		}
	}
	tag := b.call(b.admin, http.MethodGet, "/config", nil).header.Get("Etag")
	for i, want := range []int{http.StatusOK, http.StatusPreconditionFailed} {
		body, _ := json.Marshal(only("TeamSettings.SiteName", "Shed "+string(rune('A'+i))))
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, b.url+"/api/v4/config", strings.NewReader(string(body)))
		request.Header.Set("Authorization", "Bearer "+b.admin.token)
		request.Header.Set("If-Match", tag)
		if got := b.send(request); got.status != want {
			t.Errorf("change %d of version %s: %d %s", i, tag, got.status, got.body)
		}
	}
	if got := b.set("TeamSettings.SiteName"); got != `"Shed A"` {
		t.Errorf("the site is %s", got)
	}
}
