package tenants

import (
	"slices"
	"strings"
)

// EventNames are all events of tenants that webhooks tell of: the actions of the audit trail. They are never renamed, and
// what a workspace arrives at is an event by the state's name.
func EventNames() []string {
	names := slices.Clone(eventNames)
	for _, way := range passages {
		for _, state := range []State{way.done, way.undone} {
			if slices.Contains(States, state) {
				names = append(names, "workspace."+string(state))
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

var eventNames = []string{
	"tenant.create", "tenant.sign_up", "tenant.set_plan",
	"member.set", "member.remove",
	"token.create", "token.revoke",
	"webhook.create", "webhook.update", "webhook.remove", "webhook.rotate_secret", "webhook.test", "webhook.replay", "webhook.disable",
	"workspace.create", "workspace.start", "workspace.stop", "workspace.hibernate", "workspace.wake", "workspace.set_rest", "workspace.delete", "workspace.undelete", "workspace.remove", "workspace.certify",
	"workspace.back_up", "workspace.expire_backup",
	"workspace.open", "workspace.lost", "workspace.revive", "workspace.set_ip_filter", "workspace.confirm_ip_filter", "workspace.simulate_ip_filter",
	"workspace.ask_break_glass", "workspace.mail_break_glass_code", "workspace.break_glass", "workspace.refuse_break_glass",
	"domain.add", "domain.remove", "domain.check", "domain.set_primary", "domain.unset_primary",
	"domain.verified", "domain.issuing", "domain.serving", "domain.failing", "domain.lapsed",
	"operation.stuck", "operation.dead", "operation.cancel", "operation.retry", "operation.succeeded", "operation.undone",
}

// checkEventName refuses a name, or noun.*, that no event has.
func checkEventName(name string) error {
	all := EventNames()
	if slices.Contains(all, name) {
		return nil
	}
	noun, wild := strings.CutSuffix(name, ".*")
	if wild && slices.ContainsFunc(all, func(known string) bool { return strings.HasPrefix(known, noun+".") }) {
		return nil
	}
	return refuse(Invalid, "events", "there is no event %.40q; allowed are %s, and noun.* for all of a noun", name, strings.Join(all, ", "))
}

// wanted reports whether a webhook with these names is told of an event.
func wanted(names []string, action string) bool {
	if len(names) == 0 || slices.Contains(names, action) {
		return true
	}
	noun, _, _ := strings.Cut(action, ".")
	return slices.Contains(names, noun+".*")
}
