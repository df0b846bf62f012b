package config

import (
	_ "embed"
	"encoding/json"
	"net"
	"reflect"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/mail"
)

// usual is the whole document as it is where nothing decides otherwise. A test of e2e/protocol writes it by the official library and by what
// clients are told. It is read when somebody asks: an idle server has no copy of it.
//
//go:embed document.json
var usual string

// Masked is what clients are shown in a secret's place, and send back where they leave it as it is.
const Masked = "********************************"

// Section is a part of the document: its settings by name.
type Section map[string]json.RawMessage

// Document is the configuration as the protocol has it: sections by name.
type Document map[string]Section

func usually() Document {
	var d Document
	if err := json.Unmarshal([]byte(usual), &d); err != nil {
		panic(err) // a test reads it
	}
	return d
}

// Document is the whole configuration as a system admin may see it: without secrets, and without what is of no concern but to whoever runs the
// workspace.
func (s *Settings) Document() Document {
	d := usually()
	for _, one := range changeable {
		if v := one.get(s); v != nil {
			d.put(one.section, one.name, v)
		}
	}
	s.addOperators(d)
	d.put("SqlSettings", "DataSource", Masked)
	d.put("SqlSettings", "AtRestEncryptKey", Masked)
	d.put(file, "PublicLinkSalt", Masked)
	return d
}

// put gives a setting that there is a value.
func (d Document) put(section, name string, v any) {
	if _, is := d[section][name]; !is {
		panic("no setting " + section + "." + name) // one that the protocol hasn't
	}
	d[section][name] = encoded(v)
}

// addOperators tells what the environment alone decides.
func (s *Settings) addOperators(d Document) {
	if s.SiteURL != nil {
		d.put(service, "SiteURL", s.SiteURL.String())
	}
	d.put("FeatureFlags", "CloudIPFiltering", s.Control != Control{})
	if s.LogLevel != "" {
		d.put("LogSettings", "ConsoleLevel", s.LogLevel)
	}
	if s.Integrations.Within > 0 {
		d.put(service, "OutgoingIntegrationRequestsTimeout", int64(s.Integrations.Within.Seconds()))
	}
	for _, kind := range []string{"Mobile", "SSO"} { // there is one length for all
		d.put(service, "SessionLength"+kind+"InHours", int64(s.SessionLength/time.Hour))
	}
	if s.Push.Proxy != nil {
		d.put(email, "SendPushNotifications", true)
		d.put(email, "PushNotificationServer", Masked)
	}
	d.put(password, "EnableForgotLink", s.Mail.Server != "")
	d.put(file, "EnableFileAttachments", s.Files != Bucket{})
	if s.Files != (Bucket{}) {
		d.put(file, "DriverName", "amazons3")
		d.put(file, "AmazonS3SSL", strings.HasPrefix(s.Files.Endpoint, "https://"))
		for _, name := range []string{"Endpoint", "Region", "Bucket", "AccessKeyId", "SecretAccessKey"} {
			d.put(file, "AmazonS3"+name, Masked)
		}
	}
	if by := s.RateLimit; by != (RateLimit{}) {
		for name, v := range map[string]any{"Enable": true, "PerSec": by.PerSecond, "MaxBurst": by.Burst, "MemoryStoreSize": by.Most, "VaryByRemoteAddr": by.ByAddress, "VaryByUser": by.ByUser} {
			d.put("RateLimitSettings", name, v)
		}
	}
	s.addMail(d)
}

func (s *Settings) addMail(d Document) {
	if s.Mail.Server == "" {
		return
	}
	_, port, _ := net.SplitHostPort(s.Mail.Server)
	auth := s.Mail.Login != mail.Login{}
	for name, v := range map[string]any{"SMTPServer": Masked, "SMTPPort": port, "FeedbackEmail": s.Mail.Address, "FeedbackName": s.Mail.Name,
		"ConnectionSecurity": string(s.Mail.Security), "EnableSMTPAuth": auth} {
		d.put(email, name, v)
	}
	if auth {
		d.put(email, "SMTPUsername", Masked)
		d.put(email, "SMTPPassword", Masked)
	}
}

// WithoutMasked leaves out what is not shown.
func (d Document) WithoutMasked() Document {
	return d.only(func(_, _ string, v json.RawMessage) bool { return !masked(v) })
}

// WithoutDefaults leaves out what is as it is where nothing decides otherwise.
func (d Document) WithoutDefaults() Document {
	usual := usually()
	return d.only(func(section, name string, v json.RawMessage) bool { return !same(v, usual[section][name]) })
}

func (d Document) only(keep func(section, name string, v json.RawMessage) bool) Document {
	out := Document{}
	for section, settings := range d {
		for name, v := range settings {
			if !keep(section, name, v) {
				continue
			}
			if out[section] == nil {
				out[section] = Section{}
			}
			out[section][name] = v
		}
	}
	return out
}

// Environment is which settings the environment decides, as the protocol tells it.
func (s *Settings) Environment() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for section, settings := range usually() {
		for name := range settings {
			if !s.fixed(section, name) {
				continue
			}
			if out[section] == nil {
				out[section] = map[string]bool{}
			}
			out[section][name] = true
		}
	}
	return out
}

// fixed reports whether the environment decides a setting.
func (s *Settings) fixed(section, name string) bool {
	return s.environ != nil && s.environ(variable(section, name)) != ""
}

func masked(v json.RawMessage) bool { return string(v) == `"`+Masked+`"` }

// same reports whether two values say the same. Clients make nothing at all of what is empty, and the other way round.
func same(a, b json.RawMessage) bool {
	var one, other any
	if json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &other) != nil {
		return false
	}
	return empty(one) && empty(other) || reflect.DeepEqual(one, other)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
