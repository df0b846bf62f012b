package tenants

import (
	"net/mail"
	"strings"
)

// emailMost is what the workspace server allows: the person becomes the first admin there, and a workspace whose first
// admin is refused is undone.
const emailMost = 128

// checkEmail returns the address in the form that is stored: lower case, without a name around it.
func checkEmail(address string) (string, error) {
	address = strings.TrimSpace(address)
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || len(address) > emailMost {
		return "", refuse(Invalid, "email", "the e-mail address is not usable: it must have the form name@domain, with at most %d characters", emailMost)
	}
	for _, r := range address {
		if r <= ' ' || r > '~' {
			return "", refuse(Invalid, "email", "the e-mail address is not usable: only printable ASCII characters are allowed")
		}
	}
	_, domain, _ := strings.Cut(address, "@")
	if strings.ContainsAny(address, `"(),:;<>[\]`) || !strings.Contains(domain, ".") && domain != "localhost" {
		return "", refuse(Invalid, "email", "the e-mail address is not usable: its domain must have a dot, as in name@example.com")
	}
	return strings.ToLower(address), nil
}
