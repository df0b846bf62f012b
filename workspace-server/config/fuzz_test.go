package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzSettings: what is taken of the environment can be served: a site that is an origin and no more, addresses to listen on, amounts
// within their bounds; and no refusal repeats a secret.
func FuzzSettings(f *testing.F) {
	key := base64.StdEncoding.EncodeToString(make([]byte, ed25519.PublicKeySize))
	f.Add("https://team.example.com", "unix:/run/x/s", "1000", "amazons3", "true", "unix:/run/x/admin/s", key, "a@example.com")
	f.Add("http://u:p@team.example.com/?#", ":8065", "-1", "", "1", "", "", "a@example.com")
	f.Add("https://team.example.com#x", "127.0.0.1:99999", "1e9", "local", "yes", "localhost", "x", "a@example.com")
	f.Add("https://:80", "unix:x", "9223372036854775808", "AMAZONS3", "", ":", key[1:], "a@example.com")
	f.Add("//team.example.com", "unix:/"+strings.Repeat("x", 107), "0x10", "amazons3", "T", "unix:/a\x00b", key+"\n", "a@example.com")
	f.Add("https://team.example.com/%2f", "[::1]:80", "", "amazons3", "false", "a:b:c", "", "a@example.com")
	const secret = "secret-of-the-bucket"
	f.Fuzz(func(t *testing.T, site, listen, size, driver, flag, admin, key, from string) {
		env := map[string]string{"MM_SQLSETTINGS_DATASOURCE": "postgres://role:" + secret + "@/x", "MM_SERVICESETTINGS_SITEURL": site, "MM_SERVICESETTINGS_LISTENADDRESS": listen, "MM_FILESETTINGS_MAXFILESIZE": size,
			"MM_FILESETTINGS_DRIVERNAME": driver, "MM_FILESETTINGS_AMAZONS3SSL": flag, "MM_TEAMSETTINGS_ENABLEOPENSERVER": flag, "MM_FILESETTINGS_AMAZONS3BUCKET": "files",
			"MM_FILESETTINGS_AMAZONS3ACCESSKEYID": "key", "MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY": secret, "LONGHOUSE_ADMIN_LISTEN": admin, "LONGHOUSE_WORKSPACE_ID": "ws_1", "LONGHOUSE_CONTROL_KEY": key, "MM_EMAILSETTINGS_FEEDBACKEMAIL": from, "MM_EMAILSETTINGS_SMTPPASSWORD": secret}
		if site != "" {
			env["MM_EMAILSETTINGS_SMTPSERVER"] = "mail.example.com"
		}
		s, err := Load(func(name string) string { return env[name] })
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the refusal tells a secret: %v", err)
			}
			return
		}
		if u := s.SiteURL; (u == nil) != (site == "") || u != nil && (*u != url.URL{Scheme: u.Scheme, Host: u.Host} || !strings.HasPrefix(u.Scheme, "http") || u.Hostname() == "" || reparsed(u) != *u) {
			t.Errorf("the site %q is %+v", site, u)
		}
		for _, address := range []string{s.Listen, s.Admin.Listen} {
			path, unix := strings.CutPrefix(address, "unix:")
			if _, _, err := net.SplitHostPort(address); address != "" && !unix && err != nil || unix && (path[0] != '/' || len(path) > 107 || strings.ContainsRune(path, 0)) {
				t.Errorf("%q can't be listened on", address)
			}
		}
		if sender, err := mail.ParseAddress(s.From()); site != "" && (err != nil || strings.ContainsFunc(s.From(), unicode.IsControl) || sender.Name != "Longhouse") {
			t.Errorf("mail of %q is from %q (%v)", from, s.From(), err)
		}
		if s.MaxFileSize < 1 || s.MaxFileSize > 10<<30 || s.SessionLength < time.Hour || s.Drain < 0 || (s.Files == Bucket{}) != (driver == "") || s.Admin.Listen != "" && len(s.Admin.Key) != ed25519.PublicKeySize {
			t.Errorf("%+v", s)
		}
	})
}

func reparsed(u *url.URL) url.URL {
	again, err := url.Parse(u.String())
	if err != nil {
		return url.URL{}
	}
	return *again
}
