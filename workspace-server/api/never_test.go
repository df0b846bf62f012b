package api_test

import (
	"net/http"
	"testing"
)

// What can't be here says so by the protocol's own name for it, and not that it is yet to come.
func TestWhatCantBeHereSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const login = "/users/login/"
	service := func(from, to string) map[string]string {
		return map[string]string{"current_service": from, "new_service": to, "email": "ben@example.com", "password": "bens-password"}
	}
	for _, c := range []struct {
		as   person
		path string
		body any
		want int
		id   string
	}{
		{person{}, login + "switch", service("email", "gitlab"), http.StatusNotImplemented, "api.user.email_to_oauth.not_available.app_error"},
		{person{}, login + "switch", service("saml", "email"), http.StatusNotImplemented, "api.user.oauth_to_email.not_available.app_error"},
		{person{}, login + "switch", service("email", "ldap"), http.StatusNotImplemented, "api.user.email_to_ldap.not_available.app_error"},
		{person{}, login + "switch", service("ldap", "email"), http.StatusNotImplemented, "api.user.ldap_to_email.not_available.app_error"},
		{person{}, login + "switch", map[string]string{}, http.StatusBadRequest, "api.context.invalid_body_param.app_error"},
		{person{}, login + "desktop_token", map[string]string{"token": "x"}, http.StatusNotImplemented, "api.user.login_with_desktop_token.not_oauth_or_saml_user.app_error"},
		{person{}, login + "one_time_link", map[string]string{"token": "x"}, http.StatusNotImplemented, "api.user.login.guest_magic_link.disabled.error"},
		{person{}, login + "sso/code-exchange", map[string]string{"login_code": "x"}, http.StatusGone, "api.user.login_sso_code_exchange.disabled.app_error"},
		{person{}, login + "cws", map[string]string{"cws_token": "x"}, http.StatusNotImplemented, "api.user.login_cws.license.error"},
		{b.admin, "/users/trigger-notify-admin-posts", map[string]bool{"trial_notification": true}, http.StatusNotImplemented, "api.cloud.license_error"},
		{b.member, "/users/trigger-notify-admin-posts", map[string]bool{"trial_notification": true}, http.StatusForbidden, "api.context.permissions.app_error"},
	} {
		got := b.call(c.as, http.MethodPost, c.path, c.body)
		if got.status != c.want || got.error().ID != c.id || got.header.Get("Token") != "" || len(got.header["Set-Cookie"]) != 0 {
			t.Errorf("%s %v: %d %s", c.path, c.body, got.status, got.body)
		}
	}
}
