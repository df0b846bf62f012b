package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// OAuthApp is a program of others that people may let act in their name.
type OAuthApp struct {
	ID                      id.ID    `json:"id"`
	CreatorID               id.ID    `json:"creator_id"`
	CreateAt                int64    `json:"create_at"`
	UpdateAt                int64    `json:"update_at"`
	ClientSecret            string   `json:"client_secret"` // none: a public app, or who looks may not know it
	Name                    string   `json:"name"`
	Description             string   `json:"description"`
	IconURL                 string   `json:"icon_url"`
	CallbackURLs            []string `json:"callback_urls"`
	Homepage                string   `json:"homepage"`
	IsTrusted               bool     `json:"is_trusted"`
	MattermostAppID         string   `json:"mattermost_app_id"` // none here
	IsDynamicallyRegistered bool     `json:"is_dynamically_registered,omitempty"`
}

// OAuthAppRequest is what one is made of.
type OAuthAppRequest struct {
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	IconURL      string   `json:"icon_url"`
	CallbackURLs []string `json:"callback_urls"`
	Homepage     string   `json:"homepage"`
	IsTrusted    bool     `json:"is_trusted"`
	IsPublic     bool     `json:"is_public"`
}

// AuthorizeRequest is an app's wish to be let in.
type AuthorizeRequest struct {
	ResponseType        string `json:"response_type"`
	ClientID            string `json:"client_id"`
	RedirectURI         string `json:"redirect_uri"`
	Scope               string `json:"scope"`
	State               string `json:"state"`
	CodeChallenge       string `json:"code_challenge,omitempty"`
	CodeChallengeMethod string `json:"code_challenge_method,omitempty"`
	Resource            string `json:"resource,omitempty"`
}

// AccessResponse is what an app gets for a code or a refresh token.
type AccessResponse struct {
	AccessToken      string `json:"access_token"`
	TokenType        string `json:"token_type"`
	ExpiresInSeconds int32  `json:"expires_in"`
	Scope            string `json:"scope"`
	RefreshToken     string `json:"refresh_token"`
	IDToken          string `json:"id_token"` // none here
	Audience         string `json:"audience,omitempty"`
}

// OAuthError is an Error that libraries of OAuth read as well.
type OAuthError struct {
	*Error
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// ClientRegistrationRequest is an app's wish to be known.
type ClientRegistrationRequest struct {
	RedirectURIs            []string `json:"redirect_uris"`
	TokenEndpointAuthMethod *string  `json:"token_endpoint_auth_method,omitempty"`
	ClientName              *string  `json:"client_name,omitempty"`
	ClientURI               *string  `json:"client_uri,omitempty"`
}

// ClientRegistrationResponse is what it is known by.
type ClientRegistrationResponse struct {
	ClientID                string   `json:"client_id"`
	ClientSecret            *string  `json:"client_secret,omitempty"`
	RedirectURIs            []string `json:"redirect_uris"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method"`
	GrantTypes              []string `json:"grant_types"`
	ResponseTypes           []string `json:"response_types"`
	Scope                   string   `json:"scope,omitempty"`
	ClientName              *string  `json:"client_name,omitempty"`
	ClientURI               *string  `json:"client_uri,omitempty"`
}

// AuthorizationServerMetadata is where libraries find the rest (RFC 8414).
type AuthorizationServerMetadata struct {
	Issuer                            string   `json:"issuer"`
	AuthorizationEndpoint             string   `json:"authorization_endpoint,omitempty"`
	TokenEndpoint                     string   `json:"token_endpoint,omitempty"`
	ResponseTypesSupported            []string `json:"response_types_supported"`
	RegistrationEndpoint              string   `json:"registration_endpoint,omitempty"`
	ScopesSupported                   []string `json:"scopes_supported,omitempty"`
	GrantTypesSupported               []string `json:"grant_types_supported,omitempty"`
	TokenEndpointAuthMethodsSupported []string `json:"token_endpoint_auth_methods_supported,omitempty"`
	CodeChallengeMethodsSupported     []string `json:"code_challenge_methods_supported,omitempty"`
}
