package embedded

import "context"

// Installed returns nil when a PostgreSQL server that is new enough is there, else a sentence that says what is missing.
func Installed(ctx context.Context) error {
	_, err := findPostgres(ctx, 0)
	return err
}
