package config

import (
	"strings"
	"testing"
)

func TestPhonesAreToldAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	const p = "MM_EMAILSETTINGS_"
	for _, env := range [][]string{nil, {p + "SENDPUSHNOTIFICATIONS", "false", p + "PUSHNOTIFICATIONSERVER", "https://push.example.com"}} {
		if s, err := Load(environ(env...)); err != nil || s.Push != (Push{}) || s.ForUsers(Identity{}, false)["SendPushNotifications"] != "false" {
			t.Errorf("without a proxy: %+v (%v)", s.Push, err)
		}
	}
	s, err := Load(environ(p+"SENDPUSHNOTIFICATIONS", "true", p+"PUSHNOTIFICATIONSERVER", "https://Push.example.com:8066/", p+"PUSHNOTIFICATIONCONTENTS", "generic"))
	if err != nil || s.Push.Proxy.String() != "https://Push.example.com:8066" || s.Push.Contents != Generic || s.ForUsers(Identity{}, false)["SendPushNotifications"] != "true" {
		t.Errorf("%+v (%v)", s.Push, err)
	}
	if reach := s.Push.Reach(); !reach.Named("push.example.com") || reach.Named("example.com") || len(reach.Networks) != 0 {
		t.Errorf("it reaches %+v", reach)
	}
	s, err = Load(environ(p+"SENDPUSHNOTIFICATIONS", "true", p+"PUSHNOTIFICATIONSERVER", "http://10.1.2.3:8066"))
	if err != nil || s.Push.Reach().Networks[0].String() != "10.1.2.3/32" || s.Push.Contents != Full {
		t.Errorf("%+v (%v)", s.Push, err)
	}
	for _, wrong := range []string{"", "push.example.com", "ftp://push.example.com", "https://u:p@push.example.com", "https://push.example.com/?a=b", "https:///x", "https://push example.com"} {
		if _, err := Load(environ(p+"SENDPUSHNOTIFICATIONS", "true", p+"PUSHNOTIFICATIONSERVER", wrong)); err == nil || !strings.Contains(err.Error(), "PUSHNOTIFICATIONSERVER") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := Load(environ(p+"PUSHNOTIFICATIONCONTENTS", "all")); err == nil || !strings.Contains(err.Error(), "id_loaded") {
		t.Errorf("contents: %v", err)
	}
}

func TestLettersAreWrittenAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	const p = "MM_EMAILSETTINGS_"
	s, err := Load(environ(mailing(p+"SENDEMAILNOTIFICATIONS", "false", p+"ENABLEEMAILBATCHING", "false", p+"EMAILNOTIFICATIONCONTENTSTYPE", "generic")...))
	told := s.ForUsers(Identity{}, false)
	if err != nil || s.Mail.Notifications || s.Mail.Batched || !s.Mail.Textless || told["SendEmailNotifications"] != "false" || told["EnableEmailBatching"] != "false" || told["EmailNotificationContentsType"] != "generic" {
		t.Errorf("%+v (%v)", s.Mail, err)
	}
	s, err = Load(environ(mailing()...))
	if told = s.ForUsers(Identity{}, false); err != nil || told["SendEmailNotifications"] != "true" || told["EnableEmailBatching"] != "true" || told["EmailNotificationContentsType"] != "full" {
		t.Errorf("%v (%v)", told, err)
	}
	if told = (&Settings{}).ForUsers(Identity{}, false); told["SendEmailNotifications"] != "false" || told["EnableEmailBatching"] != "false" {
		t.Errorf("without a mail server: %v", told)
	}
}
