package config

import (
	_ "embed"
	"strconv"
	"strings"
)

// The values of clients' keys where no setting decides them, as Key=Value lines; Appendix B of docs/workspace-api.md names every key.
var (
	//go:embed client_limited.txt
	limited string
	//go:embed client_full.txt
	full string
)

// Client is the flat dictionary that clients configure themselves by.
type Client map[string]string

// ForAnybody is what a client may know before its user signs in.
func (s *Settings) ForAnybody(who Identity, noAccounts bool) Client {
	c := Client{}
	c.add(limited)
	c["DiagnosticId"] = who.DiagnosticID.String()
	c["TelemetryId"] = who.DiagnosticID.String()
	c["InstallationDate"] = strconv.FormatInt(who.InstalledAt, 10)
	c["NoAccounts"] = strconv.FormatBool(noAccounts)
	c["PasswordEnableForgotLink"] = strconv.FormatBool(s.Mail.Server != "")
	c["AsymmetricSigningPublicKey"] = who.PublicKey()
	s.tell(c)
	s.addAddresses(c)
	return c
}

// ForUsers adds what only signed-in users may know.
func (s *Settings) ForUsers(who Identity, noAccounts bool) Client {
	c := s.ForAnybody(who, noAccounts)
	c.add(full)
	c["EnableFileAttachments"] = strconv.FormatBool(s.Files != Bucket{})
	c["CustomTermsOfServiceId"] = ""
	c["SendPushNotifications"] = strconv.FormatBool(s.Push.Proxy != nil)
	s.tell(c)
	return c
}

// tell gives the keys that there are the values that settings have.
func (s *Settings) tell(c Client) {
	for _, one := range changeable {
		key := one.name
		if one.client != "" {
			key = one.client
		}
		if _, is := c[key]; !is {
			continue
		}
		if v := one.get(s); v != nil {
			c[key] = text(v)
		}
	}
}

// addAddresses tells where the site and its web socket are: without them web clients connect to "host:undefined".
func (s *Settings) addAddresses(c Client) {
	c["SiteURL"], c["WebsocketURL"] = "", ""
	if s.SiteURL == nil {
		return
	}
	c["SiteURL"] = s.SiteURL.String()
	c["WebsocketURL"] = strings.Replace(s.SiteURL.String(), "http", "ws", 1)
	if port := s.SiteURL.Port(); port != "" {
		c["WebsocketPort"], c["WebsocketSecurePort"] = port, port
	}
}

func (c Client) add(lines string) {
	for line := range strings.Lines(lines) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && key[0] != '#' {
			c[key] = value
		}
	}
}

// License is what clients are told this server may do: everything that the pages of the admin console hide otherwise.
func License() Client {
	c := Client{"IsLicensed": "true", "SkuName": "Longhouse", "SkuShortName": "enterprise", "Cloud": "false", "IsTrial": "false", "IsGovSku": "false"}
	for _, feature := range strings.Fields(`LDAP LDAPGroups MFA SAML Cluster Metrics GoogleOAuth Office365OAuth OpenId Compliance
		MHPNS Announcement Elasticsearch DataRetention IDLoadedPushNotifications EmailNotificationContents MessageExport
		CustomPermissionsSchemes GuestAccounts GuestAccountsPermissions CustomTermsOfService LockTeammateNameDisplay
		SharedChannels RemoteClusterService OutgoingOAuthConnections`) {
		c[feature] = "true"
	}
	for _, absent := range []string{"SharedChannels", "RemoteClusterService", "Elasticsearch"} {
		c[absent] = "false"
	}
	return c
}
