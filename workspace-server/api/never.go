package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// never answers for what can't be here: accounts live in this workspace alone, with a password or a link of its host, and nobody sells it anything.
func never(status int, code, why string) Handler {
	return func(*Request) (Response, error) { return Response{}, fault.New(status, code, "%s", why) }
}

var (
	noDesktopToken = never(http.StatusNotImplemented, "api.user.login_with_desktop_token.not_oauth_or_saml_user.app_error",
		"Tokens for desktop programs come of a sign-in by another service, and this workspace has none; sign in with your password.")
	noMagicLink    = never(http.StatusNotImplemented, "api.user.login.guest_magic_link.disabled.error", "This workspace sends guests no links to sign in by.")
	noCodeExchange = never(http.StatusGone, "api.user.login_sso_code_exchange.disabled.app_error", "This workspace has no sign-in by another service, and so no codes of one.")
	noCloudLogin   = never(http.StatusNotImplemented, "api.user.login_cws.license.error", "This workspace has no customer portal to sign in from.")
	noCloudNotice  = never(http.StatusNotImplemented, "api.cloud.license_error", "This workspace is no cloud's, and has no plan of which admins could be told.")
)

// switchService says that an account can't be moved to another service, or from one, as there is none.
func switchService(r *Request) (Response, error) {
	in, err := decode[struct {
		Current string `json:"current_service"`
		New     string `json:"new_service"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.Current == "" || in.New == "" {
		return Response{}, fault.BadBody("current_service", "a service to sign in by, as new_service")
	}
	code := "api.user.email_to_oauth.not_available.app_error"
	switch {
	case in.New == "ldap":
		code = "api.user.email_to_ldap.not_available.app_error"
	case in.Current == "ldap":
		code = "api.user.ldap_to_email.not_available.app_error"
	case in.New == "email":
		code = "api.user.oauth_to_email.not_available.app_error"
	}
	return never(http.StatusNotImplemented, code, "This workspace knows no other service to sign in by.")(r)
}
