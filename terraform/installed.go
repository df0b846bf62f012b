package terraform

import "context"

// Installed returns the terraform or OpenTofu that is new enough and in PATH or beside this program, else a sentence
// that says what is missing.
func Installed(ctx context.Context) (program string, err error) { return findBinary(ctx) }
