package controlplane

import (
	"time"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/tenants"
)

// IPException lets one network in for one purpose only, by a token.
type IPException struct {
	For     string     `json:"for" enum:"incoming_webhook,scim" doc:"incoming_webhook: to POST to /hooks/ID, where the id is the token; scim: to ask for what is below /scim/v2/, with a bearer token"`
	Network string     `json:"network" example:"140.82.112.0/20"`
	Tokens  []string   `json:"tokens" doc:"The SHA-256 of each token that is good, in hexadecimal"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	Enabled bool       `json:"enabled" doc:"false: as if it were not there"`
	Until   *time.Time `json:"until,omitempty" doc:"When it ends by itself; left out: never"`
	AddedBy string     `json:"added_by" doc:"per_..., tok_... or opr_..."`
	AddedAt time.Time  `json:"added_at"`
}

// IPExceptionBody is an exception as it shall be.
type IPExceptionBody struct {
	For     string     `json:"for" doc:"incoming_webhook or scim"`
	Network string     `json:"network" doc:"In CIDR notation, or one address; 0.0.0.0/0 and ::/0 are everybody" example:"140.82.112.0/20"`
	Tokens  []string   `json:"tokens" doc:"The SHA-256 of each token that is good, in 64 lower-case hexadecimal digits, 1 to 100; the token itself is not sent"`
	Name    string     `json:"name,omitempty" doc:"What it is, for people, up to 64 characters"`
	Owner   string     `json:"owner,omitempty" doc:"Who it is for, or answers for it, up to 128 characters"`
	Enabled *bool      `json:"enabled,omitempty" doc:"Left out: true"`
	Until   *time.Time `json:"until,omitempty" doc:"When it ends by itself; left out: never"`
}

func showExceptions(list []tenants.IPException) []IPException {
	shown := make([]IPException, 0, len(list))
	for _, e := range list {
		shown = append(shown, IPException{For: string(e.For), Network: cidr.Show(e.Network), Tokens: e.Tokens, Name: e.Name, Owner: e.Owner, Enabled: e.Enabled,
			Until: e.Until, AddedBy: e.AddedBy, AddedAt: e.AddedAt})
	}
	return shown
}

// wantedExceptions is nil where nothing was said of them.
func wantedExceptions(list []IPExceptionBody) []tenants.IPExceptionWish {
	if list == nil {
		return nil
	}
	wishes := make([]tenants.IPExceptionWish, 0, len(list))
	for _, e := range list {
		wishes = append(wishes, tenants.IPExceptionWish{For: tenants.IPPurpose(e.For), Network: e.Network, Tokens: e.Tokens, Name: e.Name, Owner: e.Owner,
			Enabled: e.Enabled == nil || *e.Enabled, Until: e.Until})
	}
	return wishes
}
