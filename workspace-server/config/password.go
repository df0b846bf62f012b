package config

import "strconv"

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

func (e *environment) password() Password {
	const p = "MM_PASSWORDSETTINGS_"
	return Password{Min: int(e.number(p+"MINIMUMLENGTH", 8, leastPassword, MaxPassword)), Lowercase: e.flag(p+"LOWERCASE", false),
		Uppercase: e.flag(p+"UPPERCASE", false), Number: e.flag(p+"NUMBER", false), Symbol: e.flag(p+"SYMBOL", false)}
}

func (p Password) tell(c Client) {
	c["PasswordMinimumLength"] = strconv.Itoa(p.Min)
	for key, asked := range map[string]bool{"Lowercase": p.Lowercase, "Uppercase": p.Uppercase, "Number": p.Number, "Symbol": p.Symbol} {
		c["PasswordRequire"+key] = strconv.FormatBool(asked)
	}
}
