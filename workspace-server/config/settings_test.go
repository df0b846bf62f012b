package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/mail"
)

func environ(pairs ...string) func(string) string {
	m := map[string]string{"MM_SQLSETTINGS_DATASOURCE": "postgres://w:hunter2@/w"}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestAServerNeedsNoLonghouseVariable(t *testing.T) {
	t.Parallel()
	s, err := Load(environ())
	if err != nil || s.Admin.Listen != "" || s.Listen != ":8065" || s.Sockets != (Sockets{}) || s.Dial != nil || s.RateLimit != (RateLimit{}) || s.MaxFileSize != 100<<20 || s.SessionLength != 720*time.Hour || s.EditWithin != -1 || s.Locale != "en" {
		t.Fatalf("%+v (%v)", s, err)
	}
}

func TestAWrongSettingIsNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	const admin, smtp, limit = "LONGHOUSE_ADMIN_LISTEN", "MM_EMAILSETTINGS_", "MM_RATELIMITSETTINGS_"
	for _, c := range []struct {
		env  []string
		says []string
	}{
		{[]string{"MM_SQLSETTINGS_DATASOURCE", ""}, []string{"MM_SQLSETTINGS_DATASOURCE", "not set", "PostgreSQL"}},
		{[]string{"MM_SQLSETTINGS_DRIVERNAME", "mysql"}, []string{"MM_SQLSETTINGS_DRIVERNAME", `"mysql"`, "postgres"}},
		{[]string{"MM_SERVICESETTINGS_SITEURL", "team.example.com"}, []string{"MM_SERVICESETTINGS_SITEURL", "https://"}},
		{[]string{"MM_SERVICESETTINGS_LISTENADDRESS", "unix:relative"}, []string{"MM_SERVICESETTINGS_LISTENADDRESS", "absolute path"}},
		{[]string{"MM_SERVICESETTINGS_LISTENADDRESS", "unix:/" + strings.Repeat("x", 108)}, []string{"107 bytes"}},
		{[]string{"MM_LOGSETTINGS_CONSOLELEVEL", "LOUD"}, []string{"LOUD", "DEBUG, INFO"}},
		{[]string{"MM_FILESETTINGS_DRIVERNAME", "local"}, []string{"MM_FILESETTINGS_DRIVERNAME", "amazons3"}},
		{[]string{"MM_FILESETTINGS_DRIVERNAME", "amazons3"}, []string{"MM_FILESETTINGS_AMAZONS3"}},
		{[]string{"MM_FILESETTINGS_MAXFILESIZE", "0"}, []string{"MM_FILESETTINGS_MAXFILESIZE", "from 1"}},
		{[]string{"MM_FILESETTINGS_ENABLEPUBLICLINK", "maybe"}, []string{"MM_FILESETTINGS_ENABLEPUBLICLINK", `"maybe"`, "true or false"}},
		{[]string{"MM_TEAMSETTINGS_SITENAME", "The\r\nShed"}, []string{"MM_TEAMSETTINGS_SITENAME", "a line of 1 to 30"}},
		{[]string{"MM_TEAMSETTINGS_TEAMMATENAMEDISPLAY", "nick"}, []string{"one of username, nickname_full_name"}},
		{[]string{"MM_SUPPORTSETTINGS_HELPLINK", "javascript:alert(1)"}, []string{"begins with https://"}},
		{[]string{"LONGHOUSE_MAX_FILE_SIZE", "0"}, []string{"LONGHOUSE_MAX_FILE_SIZE", "from 1"}},
		{[]string{"MM_LOCALIZATIONSETTINGS_DEFAULTSERVERLOCALE", "German"}, []string{"MM_LOCALIZATIONSETTINGS_DEFAULTSERVERLOCALE", `"German"`, "pt-BR"}},
		{[]string{"LONGHOUSE_DRAIN_SECONDS", "soon"}, []string{"LONGHOUSE_DRAIN_SECONDS", `"soon"`, "0 to 600"}},
		{[]string{"LONGHOUSE_INHERITED", "many"}, []string{"LONGHOUSE_INHERITED", "0 to 16"}},
		{[]string{"LONGHOUSE_BROKER_LISTEN", "127.0.0.1:1"}, []string{"LONGHOUSE_BROKER_LISTEN", "unix:"}},
		{[]string{smtp + "SMTPSERVER", "mail.example.com"}, []string{"MM_SERVICESETTINGS_SITEURL", "not set", smtp + "SMTPSERVER"}},
		{mailing(smtp+"FEEDBACKEMAIL", "a@example.com, b@example.com"), []string{smtp + "FEEDBACKEMAIL", "one address"}},
		{mailing(smtp+"SMTPPORT", "0"), []string{smtp + "SMTPPORT", "1 to 65535"}},
		{mailing(smtp+"CONNECTIONSECURITY", "SSL3"), []string{"SSL3", "STARTTLS, TLS"}},
		{[]string{smtp + "REQUIREEMAILVERIFICATION", "true"}, []string{smtp + "SMTPSERVER", "not set"}},
		{[]string{limit + "ENABLE", "true", limit + "VARYBYREMOTEADDR", "false"}, []string{limit + "VARYBYREMOTEADDR", limit + "VARYBYUSER"}},
		{[]string{"MM_PASSWORDSETTINGS_MINIMUMLENGTH", "4"}, []string{"MM_PASSWORDSETTINGS_MINIMUMLENGTH", "5 to 72"}},
		{[]string{limit + "PERSEC", "0"}, []string{limit + "PERSEC", "from 1"}},
		{[]string{"LONGHOUSE_CONTROL_ADDRESS", "127.0.0.1:1", "LONGHOUSE_CONTROL_TOKEN", "x"}, []string{"LONGHOUSE_CONTROL_ADDRESS", "unix:"}},
		{[]string{"LONGHOUSE_CONTROL_ADDRESS", "unix:/c"}, []string{"LONGHOUSE_CONTROL_TOKEN", "not set"}},
		{[]string{admin, "unix:/a"}, []string{"LONGHOUSE_WORKSPACE_ID", "not set"}},
		{[]string{admin, "unix:/a", "LONGHOUSE_WORKSPACE_ID", "ws_1", "LONGHOUSE_CONTROL_KEY", "AAAA"}, []string{"LONGHOUSE_CONTROL_KEY", "Ed25519"}},
	} {
		_, err := Load(environ(c.env...))
		var invalid *Invalid
		if !errors.As(err, &invalid) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: got %v", c.env, err)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %q does not say %q", c.env, err, part)
			}
		}
	}
}

func mailing(more ...string) []string {
	return append([]string{"MM_SERVICESETTINGS_SITEURL", "https://team.example.com", "MM_EMAILSETTINGS_SMTPSERVER", "mail.example.com", "MM_EMAILSETTINGS_FEEDBACKEMAIL", "no-reply@example.com"}, more...)
}

func TestMailIsSentAsItsSettingsSay(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{nil, {"MM_EMAILSETTINGS_SMTPSERVER", "", "MM_EMAILSETTINGS_SMTPPORT", "0", "MM_EMAILSETTINGS_SMTPPASSWORD", "x"}} {
		if s, err := Load(environ(env...)); err != nil || s.Mail != (Mail{}) || s.ForAnybody(Identity{}, false)["PasswordEnableForgotLink"] != "false" || s.ForUsers(Identity{}, false)["EnableEmailInvitations"] != "false" {
			t.Errorf("without a mail server: %+v (%v)", s.Mail, err)
		}
	}
	s, err := Load(environ(mailing("MM_EMAILSETTINGS_SMTPPORT", "465", "MM_EMAILSETTINGS_CONNECTIONSECURITY", "tls", "MM_EMAILSETTINGS_ENABLESMTPAUTH", "true",
		"MM_EMAILSETTINGS_SMTPUSERNAME", "u", "MM_EMAILSETTINGS_SMTPPASSWORD", "p", "MM_EMAILSETTINGS_REQUIREEMAILVERIFICATION", "true", "MM_TEAMSETTINGS_SITENAME", "The Shéd")...))
	want := Mail{Server: "mail.example.com:465", Address: "no-reply@example.com", Security: mail.TLS, Login: mail.Login{Username: "u", Password: "p"}, Invitations: true, Confirmed: true, Notifications: true, Batched: true}
	if err != nil || s.Mail != want || s.From() != "=?utf-8?q?The_Sh=C3=A9d?= <no-reply@example.com>" {
		t.Errorf("%+v from %s (%v)", s.Mail, s.From(), err)
	}
	if full := s.ForUsers(Identity{}, false); full["PasswordEnableForgotLink"] != "true" || full["EnableEmailInvitations"] != "true" || full["RequireEmailVerification"] != "true" {
		t.Errorf("clients are told %v", full)
	}
}

func TestClientsAreToldWhatAPasswordMustHave(t *testing.T) {
	t.Parallel()
	const p = "MM_PASSWORDSETTINGS_"
	for _, c := range []struct {
		env  []string
		want string
	}{{nil, "8 false false false false"}, {[]string{p + "MINIMUMLENGTH", "14", p + "LOWERCASE", "true", p + "NUMBER", "true"}, "14 true false true false"}} {
		s, err := Load(environ(c.env...))
		told := s.ForAnybody(Identity{}, false)
		if got := strings.Join([]string{told["PasswordMinimumLength"], told["PasswordRequireLowercase"], told["PasswordRequireUppercase"], told["PasswordRequireNumber"], told["PasswordRequireSymbol"]}, " "); err != nil || got != c.want {
			t.Errorf("%v: %s, want %s (%v)", c.env, got, c.want, err)
		}
	}
}

// Every key that clients may read is there, so that none of them meets "undefined".
func TestClientsAreToldEveryKey(t *testing.T) {
	t.Parallel()
	s, err := Load(environ("MM_SERVICESETTINGS_SITEURL", "http://team.localhost:8080"))
	if err != nil {
		t.Fatal(err)
	}
	anybody, users := s.ForAnybody(Identity{}, true), s.ForUsers(Identity{}, false)
	if len(anybody) < 85 || len(users) < 85+121 {
		t.Errorf("%d keys for anybody and %d for users", len(anybody), len(users))
	}
	for key, want := range map[string]string{"WebsocketURL": "ws://team.localhost:8080", "SiteURL": "http://team.localhost:8080", "NoAccounts": "true", "Version": Version} {
		if anybody[key] != want {
			t.Errorf("%s is %q, want %q", key, anybody[key], want)
		}
	}
	if _, told := anybody["MaxFileSize"]; told || users["MaxFileSize"] == "" {
		t.Error("what only users may know is told to anybody")
	}
}
