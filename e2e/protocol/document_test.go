package protocol

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

var writeDocument = flag.Bool("document.write", false, "write the server's default configuration anew")

const (
	ourConfig    = "../../workspace-server/config/"
	documentFile = ourConfig + "document.json"
)

// none is a plugin that isn't there.
var none = map[string]any{"Enable": false}

// otherwise is what this server has otherwise than the official defaults, and clients are not told: what it doesn't have at all is off.
var otherwise = map[string]any{
	"TeamSettings.SiteName":                                   "Longhouse",
	"PluginSettings.Enable":                                   false,
	"PluginSettings.PluginStates":                             map[string]any{"com.mattermost.calls": none, "com.mattermost.nps": none, "mattermost-ai": none, "playbooks": none},
	"PluginSettings.MarketplaceURL":                           model.PluginSettingsDefaultMarketplaceURL, // as the library puts it anyway
	"PluginSettings.EnableHealthCheck":                        false,
	"PluginSettings.EnableRemoteMarketplace":                  false,
	"PluginSettings.AutomaticPrepackagedPlugins":              false,
	"JobSettings.RunScheduler":                                false,
	"LogSettings.ConsoleLevel":                                "INFO",
	"LogSettings.EnableFile":                                  false,
	"LogSettings.EnableSentry":                                false,
	"LogSettings.EnableWebhookDebugging":                      false,
	"AnnouncementSettings.AdminNoticesEnabled":                false,
	"AnnouncementSettings.UserNoticesEnabled":                 false,
	"AnnouncementSettings.NoticesURL":                         "",
	"ServiceSettings.EnableSecurityFixAlert":                  false,
	"ServiceSettings.EnableBotAccountCreation":                true,
	"ServiceSettings.EnableUserAccessTokens":                  true,
	"ServiceSettings.EnableEmailInvitations":                  false,
	"EmailSettings.SendPushNotifications":                     false,
	"ServiceSettings.LocalModeSocketLocation":                 "",
	"GuestAccountsSettings.Enable":                            true,
	"FileSettings.ExtractContent":                             false,
	"FeatureFlags.ChannelBookmarks":                           true,
	"SqlSettings.DataSource":                                  "",
	"ElasticsearchSettings.Password":                          "",
	"ElasticsearchSettings.Sniff":                             false,
	"ClusterSettings.ReadOnlyConfig":                          false,
	"ContentFlaggingSettings.EnableContentFlagging":           false,
	"ExperimentalSettings.EnableRemoteClusterService":         false,
	"MobileEphemeralModeSettings.Enable":                      false,
	"MetricsSettings.EnableClientMetrics":                     false,
	"AccessControlSettings.EnableAttributeBasedAccessControl": false,
}

// What the server says of its configuration where nothing decides otherwise has all of the official document, says what clients are told, and has
// no feature on that isn't there.
func TestTheDefaultConfigurationIsTheOfficialOneWithoutWhatIsNotThere(t *testing.T) {
	t.Parallel()
	config := &model.Config{FeatureFlags: &model.FeatureFlags{}}
	config.SetDefaults()
	config.FeatureFlags.SetDefaults()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	adapt(t, document)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(document); err != nil {
		t.Fatal(err)
	}
	if *writeDocument {
		if err := os.WriteFile(documentFile, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if was, err := os.ReadFile(documentFile); err != nil || !bytes.Equal(was, out.Bytes()) {
		t.Errorf("%s is not what the official library and clients' keys say: write it anew by -document.write (%v)", documentFile, err)
	}
}

func adapt(t *testing.T, document map[string]map[string]any) {
	places := map[string][]string{} // of a name, where sections have it
	for section, settings := range document {
		for name, v := range settings {
			places[name] = append(places[name], section)
			if text, is := v.(string); is && (strings.Contains(text, "mattermost") || strings.Contains(text, "test@example.com")) {
				settings[name] = "" // a place or a name of the original's own
			}
			if _, is := v.(bool); is && section == "FeatureFlags" {
				settings[name] = false
			}
		}
	}
	for key, told := range clientKeys(t) {
		section, name := "FeatureFlags", strings.TrimPrefix(key, "FeatureFlag")
		if name == key {
			if len(places[key]) != 1 {
				continue
			}
			section = places[key][0]
		}
		put(document, section, name, told)
	}
	for full, v := range otherwise {
		section, name, _ := strings.Cut(full, ".")
		if _, is := document[section][name]; !is {
			t.Errorf("there is no %s", full)
		}
		document[section][name] = v
	}
}

// put gives a setting the value that clients are told of it.
func put(document map[string]map[string]any, section, name, told string) {
	switch document[section][name].(type) {
	case string:
		document[section][name] = told
	case bool, float64:
		var v any
		if json.Unmarshal([]byte(told), &v) == nil {
			document[section][name] = v
		}
	}
}

func clientKeys(t *testing.T) map[string]string {
	keys := map[string]string{}
	for _, file := range []string{"client_limited.txt", "client_full.txt"} {
		text, err := os.ReadFile(ourConfig + file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if key, value, is := strings.Cut(strings.TrimSpace(line), "="); is && key[0] != '#' {
				keys[key] = value
			}
		}
	}
	return keys
}
