package tenants

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func (b *bundle) exec(statement string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), statement, args...)
	b.must(err)
}

// back is the clock put back by so much, as far as anybody can tell.
func (b *bundle) back(by time.Duration) {
	b.t.Helper()
	b.exec("update clock set seen_at = clock_timestamp() + make_interval(secs => $1)", by.Seconds())
}

// see looks at the clock, as the first look of a worker.
func (b *bundle) see() (ClockSeen, error) { return b.store.MendClock(b.t.Context(), unknown) }

func unknown() time.Duration { return 0 }

// ahead is how far a time lies ahead of the database's clock.
func (b *bundle) ahead(column, table string) time.Duration {
	b.t.Helper()
	var seconds float64
	b.one(&seconds, "select extract(epoch from max("+column+") - clock_timestamp())::float8 from "+table)
	return time.Duration(seconds * float64(time.Second))
}

// lives is a bundle on the database's clock that has one row of each kind that waits for something.
func lives(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	b.store.SetClock(func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) })
	b.exec("update clock set seen_at = clock_timestamp()")
	done, p := b.signUp("elm")
	_, _, err := b.hooks().Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com/in"})
	b.must(err)
	_, err = b.store.RunCell(t.Context(), anOperator, b.cell().ID, RunPlan, nil)
	b.must(err)
	_, _, err = b.store.NewConfirmation(t.Context(), p.Person)
	b.must(err)
	b.exec("update slugs set state = 'held', held_until = now() + interval '1 day'")
	b.exec("insert into cell_samples (cell_id, dimension, day, used) select id, 'workspaces', now()::date, 1 from cells")
	b.exec("insert into river_leader (elected_at, expires_at, leader_id) values (now(), now() + interval '10 seconds', 'dead')")
	return b
}

func TestNothingWaitsForAClockThatWasPutBack(t *testing.T) {
	t.Parallel()
	b := lives(t)
	const by = 2 * time.Hour // less than a webhook's longest pause: the time alone tells nothing
	ahead := "now() + interval '2 hours'"
	b.exec("update operations set lease_until = " + ahead + ", nudged_at = " + ahead + ", created_at = " + ahead + ", due_at = " + ahead)
	b.exec("update webhooks set lease_until = " + ahead + ", failing_since = " + ahead + ", due_at = " + ahead + " + interval '1 minute', retry_at = " + ahead +
		" + interval '1 minute', previous_until = " + ahead + " + interval '1 minute'")
	b.exec("update cell_runs set lease_until = " + ahead + ", expires_at = " + ahead + " + interval '1 minute'")
	b.exec("update sessions set expires_at = " + ahead + " + interval '30 days'")
	b.exec("update confirmations set expires_at = " + ahead + " + interval '1 day'")
	b.exec("update slugs set held_until = " + ahead + " + interval '90 days'")
	b.exec("update cell_samples set day = (now() + interval '3 days')::date")
	b.exec("update river_leader set expires_at = " + ahead)
	b.exec("insert into river_job (args, kind, max_attempts, queue, state, scheduled_at) values ('{}', 'nudge', 3, 'x', 'available', " + ahead + ")")
	b.back(by)

	n, err := b.see()
	b.must(err)
	if n.Mended == 0 {
		t.Error("nothing was mended")
	}
	for _, c := range []struct {
		table, column string
		least, most   time.Duration
	}{
		{"operations", "lease_until", -time.Minute, 0}, {"operations", "nudged_at", -time.Minute, 0}, {"operations", "created_at", -time.Minute, 0}, {"operations", "due_at", -time.Minute, 0},
		{"webhooks", "lease_until", -time.Minute, 0}, {"webhooks", "failing_since", -time.Minute, 0},
		{"webhooks", "due_at", 0, 2 * time.Minute}, {"webhooks", "retry_at", 0, 2 * time.Minute}, {"webhooks", "previous_until", 0, 2 * time.Minute},
		{"cell_runs", "lease_until", -time.Minute, 0}, {"cell_runs", "expires_at", 0, 2 * time.Minute},
		{"sessions", "expires_at", sessionLength - time.Minute, sessionLength}, {"confirmations", "expires_at", confirmationLength - time.Minute, confirmationLength},
		{"slugs", "held_until", slugHold - time.Minute, slugHold},
		{"river_job", "scheduled_at", -time.Minute, 0}, {"clock", "seen_at", -time.Minute, 0},
	} {
		if got := b.ahead(c.column, c.table); got < c.least || got > c.most {
			t.Errorf("%s.%s lies %s ahead, and should %s to %s", c.table, c.column, got, c.least, c.most)
		}
	}
	if left := b.count("cell_samples") + b.count("river_leader"); left != 0 {
		t.Errorf("%d samples of days to come and leaders of another time are left", left)
	}
	if again, err := b.see(); err != nil || again.Mended != 0 {
		t.Errorf("it is mended once more: %d, %v", again.Mended, err)
	}
}

func TestLeasesOfAnotherClockEndAlsoWhereNobodySawItPutBack(t *testing.T) {
	t.Parallel()
	b := lives(t)
	for _, table := range []string{"operations", "webhooks", "cell_runs"} {
		b.exec("update " + table + " set lease_owner = 'dead', lease_until = clock_timestamp() + interval '2 hours'")
	}
	_, err := b.see()
	b.must(err)
	for _, table := range []string{"operations", "webhooks", "cell_runs"} {
		if got := b.ahead("lease_until", table); got > 0 {
			t.Errorf("the lease of %s lies %s ahead", table, got)
		}
	}
}

func TestWhatIsNotOfAnotherClockIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := lives(t)
	b.exec("update operations set lease_owner = 'w', lease_until = clock_timestamp() + interval '10 seconds'")
	b.exec("update webhooks set lease_owner = 'w', lease_until = clock_timestamp() + interval '15 seconds', retry_at = clock_timestamp() + interval '12 hours', due_at = clock_timestamp() + interval '12 hours'")
	b.exec("update cell_runs set expires_at = clock_timestamp() + interval '1 hour'")
	for _, by := range []time.Duration{-time.Hour, 500 * time.Millisecond} { // it goes on; it is set right by and by
		b.back(by)
		if n, err := b.see(); err != nil || n.Mended != 0 {
			t.Errorf("%s: %d rows were mended, %v", by, n.Mended, err)
		}
	}
}

func TestWhatSomebodyChoseByTheCalendarStays(t *testing.T) {
	t.Parallel()
	b := lives(t)
	b.exec("update operations set due_at = clock_timestamp() + interval '3 days', created_at = clock_timestamp() - interval '1 hour'")
	b.back(time.Hour)
	_, err := b.see()
	b.must(err)
	if got := b.ahead("due_at", "operations"); got < 71*time.Hour {
		t.Errorf("what is due in three days is due in %s", got)
	}
}

// The times of the schema, by what becomes of those that lie ahead of a clock that was put back.
var timesByFate = map[string][]string{
	"mended": {"cell_runs.expires_at", "cell_runs.lease_until", "cell_samples.day", "clock.seen_at", "confirmations.expires_at", "operations.created_at", "operations.due_at",
		"edge_leases.heard_at", "ip_filter_trials.ends_at", "break_glass_links.code_ends_at", "break_glass_links.ends_at", "ip_filter_hours.ends_at", "operations.lease_until", "operations.nudged_at", "sessions.expires_at", "slugs.held_until", "webhooks.due_at", "webhooks.failing_since", "webhooks.lease_until",
		"domains.check_at", "domains.checked_at", "domains.state_at", "domains.wrong_since", "edge_leases.uses_at", "edges.uses_at", "edges.uses_since", "workspaces.idle_since",
		"webhooks.previous_until", "webhooks.retry_at"},
	"somebody chose it by the calendar":                                  {"api_tokens.expires_at", "tls_revocations.ends_at", "workspaces.delete_at", "workspaces.wake_at"},
	"who counts what was lately minds that it may lie ahead":             {"backups.asked_at", "break_glass_links.asked_at", "operations.finished_at", "operations.started_at", "tls_asks.asked_at"},
	"written anew all the time":                                          {"access_log_standings.told_at", "access_log_standings.until_at", "borders.tried_at", "cell_capacity.measured_at", "cell_contacts.failed_at", "cell_contacts.failing_since", "cell_contacts.reached_at"},
	"the row is kept for longer, and does no harm":                       {"break_glass_wishes.asked_at", "deletion_mails.created_at", "idempotency_keys.created_at", "ip_denials.last_at", "ip_filter_mails.created_at", "webhook_deliveries.created_at", "webhook_warnings.created_at", "domain_mails.created_at"},
	"the newest backup stays, and those that seem newer are kept longer": {"backups.made_at"},
	"the cell looks fuller than it is":                                   {"storages.created_at", "workspaces.created_at"},
	"who takes a lock minds that it may lie ahead":                       {"tls_locks.leased_until"},
	"the auditor's concern":                                              {"audit_checkpoints.archived_at", "audit_checkpoints.at"},
	"told, and compared with nothing": {"backups.expired_at", "api_tokens.created_at", "api_tokens.last_used_at", "api_tokens.revoked_at", "audit_events.at", "borders.since", "break_glass_links.used_at", "cell_runs.created_at",
		"cell_runs.finished_at", "cell_runs.started_at", "cells.created_at", "cells.updated_at", "clock.leapt_at", "certificates.archived_at", "certificates.issued_at", "confirmations.created_at", "confirmations.used_at",
		"deletion_mails.delete_at", "deletions.asked_at", "edge_leases.over_at", "edges.fenced_at", "edges.met_at", "edges.told_at", "deletions.reminded_of", "idempotency_keys.done_at", "instances.condition_at", "instances.created_at", "instances.removed_at", "ip_filters.changed_at", "ip_rule_hits.last_at", "members.created_at", "operation_steps.finished_at",
		"access_log_removals.gone_at", "domain_checks.at", "domains.added_at",
		"operation_steps.started_at", "operations.stuck_since", "operators.created_at", "persons.created_at", "persons.email_confirmed_at", "regions.created_at",
		"releases.created_at", "removals.observed_at", "removals.removed_at", "reconciliations.since", "restores.archived_at", "restores.backup_at", "restores.reconciled_at", "restores.restored_at", "routes.updated_at",
		"sessions.created_at", "slugs.created_at", "tenants.created_at", "tls_asks.ended_at", "tls_revocations.asked_at", "tls_revocations.done_at", "tls_values.modified_at", "webhook_attempts.at", "webhook_deliveries.finished_at", "webhook_warnings.failing_since", "webhooks.created_at", "webhooks.updated_at",
		"workspaces.deleted_at", "workspaces.hibernated_at", "workspaces.updated_at", "workspaces.wake_wanted_at", "workspaces.woken_at"},
}

// TestEveryTimeOfTheSchemaIsAccountedFor has whoever adds a time think of clocks that jump.
func TestEveryTimeOfTheSchemaIsAccountedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows, err := b.pool.Query(t.Context(), `select table_name || '.' || column_name from information_schema.columns
		where table_schema = 'public' and data_type in ('timestamp with time zone', 'timestamp without time zone', 'date') and table_name not like 'river\_%'`)
	b.must(err)
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	b.must(err)
	known := map[string]bool{}
	for _, list := range timesByFate {
		for _, column := range list {
			known[column] = true
			if !slices.Contains(there, column) {
				t.Errorf("%s is not there", column)
			}
		}
	}
	for _, column := range there {
		if !known[column] {
			t.Errorf("%s: what becomes of it when the clock is put back?", column)
		}
	}
}
