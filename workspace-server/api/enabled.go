package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// where needs the workspace to have something at all, beside what another rule needs.
func where(has func(config.Enabled) bool, off error, rule Rule) Rule {
	return both(rule, func(a *API, _ *Request) error {
		if !has(a.Config.Settings().Enabled) {
			return off
		}
		return nil
	})
}

func off(status int, id, what string) error {
	return fault.New(status, id, "%s are switched off in this workspace; a system admin can change that.", what)
}

func withIncoming(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.IncomingHooks }, off(http.StatusNotImplemented, "api.incoming_webhook.disabled.app_error", "Incoming webhooks"), rule)
}

func withOutgoing(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.OutgoingHooks }, off(http.StatusNotImplemented, "api.outgoing_webhook.disabled.app_error", "Outgoing webhooks"), rule)
}

func withCommands(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.Commands }, off(http.StatusNotImplemented, "api.command.disabled.app_error", "Commands of one's own"), rule)
}

func withBots(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.Bots }, off(http.StatusForbidden, "api.bot.create_disabled", "New bots"), rule)
}

var errNoSecondFactors = off(http.StatusNotImplemented, "mfa.mfa_disabled.app_error", "Second factors")

func withSecondFactors(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.SecondFactors }, errNoSecondFactors, rule)
}

func withEmoji(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.CustomEmoji }, off(http.StatusNotImplemented, "api.emoji.disabled.app_error", "Emoji of one's own"), rule)
}

func withCustomStatus(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.CustomStatus }, off(http.StatusNotImplemented, "api.custom_status.disabled", "Custom statuses"), rule)
}

func withGuests(rule Rule) Rule {
	return where(func(e config.Enabled) bool { return e.Guests }, errNoGuests, rule)
}

var (
	errNoTokens = off(http.StatusNotImplemented, "app.user_access_token.disabled", "Access tokens of people")
	errNoGuests = off(http.StatusNotImplemented, "api.team.invite_guests_to_channels.disabled.error", "Guests")
)
