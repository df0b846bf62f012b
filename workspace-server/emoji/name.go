// Package emoji owns what an emoji may be called, and those that people of the workspace have made. Clients bring the usual ones.
package emoji

import "regexp"

var name = regexp.MustCompile(`^[a-zA-Z0-9_+-]{1,64}$`)

// Allowed is what an error says a name has to be.
const Allowed = "the name of an emoji: 1 to 64 letters, digits, _, + or -"

// IsName reports whether an emoji may be called so.
func IsName(text string) bool { return name.MatchString(text) }
