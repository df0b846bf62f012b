package store_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// ahead are the columns whose time may lie ahead, and whether the server does something by itself then that somebody notices (due/due.go says why not).
var ahead = map[string]bool{
	"access_tokens.expires_at":        false,
	"chosen_statuses.dnd_end_time":    false,
	"hook_deliveries.due_at":          true,
	"invitations.expires_at":          false,
	"letters_owed.due_at":             true,
	"link_previews.fetch_until":       false,
	"mailed_links.expires_at":         false,
	"oauth_codes.expires_at":          false,
	"oauth_grants.expires_at":         false,
	"oauth_refresh_tokens.expires_at": false,
	"outbox.due_at":                   true,
	"pushes.due_at":                   true,
	"reminders.target_at":             true,
	"scheduled_posts.scheduled_at":    true,
	"sessions.expires_at":             false,
	"sign_in_links.expires_at":        false,
	"uploads.held_until":              false,
}

// past are the columns that say when something was.
var past = []string{"acknowledged_at", "address_at", "beat_at", "begins_at", "create_at", "delete_at", "edit_at", "fetched_at", "installed_at", "join_at", "last_activity_at", "last_failure_at", "last_post_at",
	"last_reply_at", "last_root_post_at", "last_update_at", "last_viewed_at", "leave_at", "processed_at", "update_at"}

// Who adds a time at which something happens has it counted, or a server that rests sleeps through it.
func TestEveryTimeThatMayLieAheadIsCountedOrNot(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), workspace(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	rows, err := conn.Query(t.Context(), `select table_name || '.' || column_name, column_name from information_schema.columns
		where table_schema = 'public' and (column_name ~ '(_at|_until|_time|^until|^due)$' or data_type like '%timestamp%')`)
	if err != nil {
		t.Fatal(err)
	}
	var column, name string
	found := map[string]bool{}
	if _, err := pgx.ForEachRow(rows, []any{&column, &name}, func() error {
		if _, known := ahead[column]; known {
			found[column] = true
		} else if !slices.Contains(past, name) {
			t.Errorf("%s: say here whether the server has to run then, and count it in due/due.sql if so", column)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(found) != len(ahead) {
		t.Errorf("of the %d columns that are known there are %d", len(ahead), len(found))
	}
	query, err := os.ReadFile("../due/due.sql")
	if err != nil {
		t.Fatal(err)
	}
	for column, counts := range ahead {
		table, name, _ := strings.Cut(column, ".")
		if regexp.MustCompile(`min\(\w\.`+name+`\).* from `+table+` `).Match(query) != counts {
			t.Errorf("%s: due/due.sql counts it or not, other than it says here", column)
		}
	}
}
