package terraform

import "context"

// Installed returns nil when a terraform or OpenTofu that is new enough is in PATH, else a sentence that says what is
// missing.
func Installed(ctx context.Context) error {
	_, err := findBinary(ctx)
	return err
}
