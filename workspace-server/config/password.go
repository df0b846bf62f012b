package config

// The bounds of a password, in bytes: bcrypt ignores what is beyond.
const (
	leastPassword = 5
	MaxPassword   = 72
)

// Password is what a new password must have.
type Password struct {
	Min                  int // bytes
	Lowercase, Uppercase bool
	Number, Symbol       bool
}
