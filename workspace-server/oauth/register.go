package oauth

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	noName     = "Dynamically Registered Client" // as the protocol calls who says none
	bySecret   = "client_secret_post"
	byHeader   = "client_secret_basic"
	byNothing  = "none"
	badAddress = "invalid_redirect_uri"
	badClient  = "invalid_client_metadata"
)

// Register makes an app of nobody: RFC 7591. From is who asks.
func (p *Provider) Register(ctx context.Context, in wire.ClientRegistrationRequest, from string) (*wire.ClientRegistrationResponse, error) {
	if !p.Config.Settings().OAuth.Registers() {
		return nil, refuse(http.StatusNotImplemented, "unsupported_operation", "api.oauth.register_client.disabled.app_error", "In this workspace people make apps, who may.")
	}
	method := bySecret
	if in.TokenEndpointAuthMethod != nil {
		method = *in.TokenEndpointAuthMethod
	}
	made := wire.OAuthAppRequest{Name: noName, CallbackURLs: in.RedirectURIs, IsPublic: method == byNothing}
	if in.ClientName != nil && *in.ClientName != "" {
		made.Name = *in.ClientName
	}
	if in.ClientURI != nil {
		made.Homepage = *in.ClientURI
	}
	if refused := registrable(made, method); refused != nil {
		return nil, refused
	}
	if p.newcomers.Take(from, p.Now()).Refused {
		return nil, refuse(http.StatusTooManyRequests, "slow_down", "api.context.rate_limit.app_error", "There were too many registrations; try again in a minute.")
	}
	app, err := p.insert(ctx, id.ID{}, made)
	if err != nil {
		return nil, err
	}
	out := &wire.ClientRegistrationResponse{ClientID: app.ID.String(), RedirectURIs: app.CallbackURLs, TokenEndpointAuthMethod: method,
		GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"}, Scope: scope, ClientName: &app.Name}
	if app.ClientSecret != "" {
		out.ClientSecret = &app.ClientSecret
	}
	if app.Homepage != "" {
		out.ClientURI = &app.Homepage
	}
	return out, nil
}

func registrable(made wire.OAuthAppRequest, method string) *Refused {
	const id = "model.dcr.is_valid."
	if method != bySecret && method != byNothing {
		return refuse(http.StatusBadRequest, badClient, id+"unsupported_auth_method.app_error", "The token_endpoint_auth_method is client_secret_post or none.")
	}
	addresses, rest := made, made
	addresses.Name, addresses.Homepage = noName, ""
	if check(addresses, true) != nil {
		return refuse(http.StatusBadRequest, badAddress, id+"redirect_uri_format.app_error",
			"The redirect_uris are one or more that begin with http:// or https://, without a fragment and a user, of at most 256 bytes each and 1022 together.")
	}
	if rest.Homepage = ""; check(rest, true) != nil {
		return refuse(http.StatusBadRequest, badClient, id+"client_name.app_error", "The client_name has at most 64 bytes.")
	}
	if check(made, true) != nil {
		return refuse(http.StatusBadRequest, badClient, id+"client_uri_format.app_error", "The client_uri begins with http:// or https:// and has at most 256 bytes.")
	}
	return nil
}

// Metadata is where everything is, and what of OAuth there is: RFC 8414. Site is the workspace's own address.
func (p *Provider) Metadata(site string) wire.AuthorizationServerMetadata {
	m := wire.AuthorizationServerMetadata{Issuer: site, AuthorizationEndpoint: site + AuthorizePath, TokenEndpoint: site + TokenPath, ResponseTypesSupported: []string{"code"},
		ScopesSupported: []string{scope}, GrantTypesSupported: []string{"authorization_code", "refresh_token"},
		TokenEndpointAuthMethodsSupported: []string{byNothing, bySecret, byHeader}, CodeChallengeMethodsSupported: []string{"S256"}}
	if p.Config.Settings().OAuth.Registers() {
		m.RegistrationEndpoint = site + "/api/v4/oauth/apps/register"
	}
	return m
}
