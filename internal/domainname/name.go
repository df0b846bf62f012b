// Package domainname owns which names customers may bring, and how they are written. It asks no name server: whose a name is, it never knows.
package domainname

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// MaxName is what leaves room for the label below which the ownership of a name is proven.
const MaxName = 230

// profile maps to lower case as browsers do, and takes only what registries and name servers would.
var profile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true), idna.Transitional(false))

// Parse returns the name in lower case, without a trailing dot and with A-labels for what isn't ASCII. It refuses what no customer can
// bring, which includes what lies under the base domain. The errors are sentences for who typed it.
func Parse(text, base string) (string, error) {
	if err := shape(text); err != nil {
		return "", err
	}
	name, err := profile.ToASCII(strings.TrimSuffix(text, "."))
	if err != nil {
		return "", fmt.Errorf("%.80q is no domain name: allowed are labels of 1 to 63 letters, digits and hyphens with dots between them, also of other scripts where IDNA 2008 allows them", text)
	}
	if err := address(name); err != nil {
		return "", err
	}
	// An A-label that spells something else than it should would be another name for the same thing.
	if again, err := profile.ToASCII(Show(name)); err != nil || again != name {
		return "", fmt.Errorf("%.80q is no domain name: one of its labels that begin with xn-- is not what IDNA 2008 makes of any text", text)
	}
	return name, ours(name, base)
}

// shape tells what people paste instead of a name.
func shape(text string) error {
	switch {
	case text == "":
		return errors.New("the domain name is empty; one such as chat.example.com is needed")
	case len(text) > 4*MaxName:
		return fmt.Errorf("the domain name has %d bytes; at most %d characters are allowed", len(text), MaxName)
	case strings.ContainsAny(text, " \t\r\n"):
		return fmt.Errorf("%.80q has a blank in it; a domain name such as chat.example.com has none", text)
	case strings.ContainsAny(text, "/?#@"):
		return fmt.Errorf("%.80q is an address with more than a name; only the name is needed, as in chat.example.com", text)
	case strings.Contains(text, "*"):
		return fmt.Errorf("%.80q is a wildcard; each name is added for itself, as in chat.example.com", text)
	case strings.ContainsAny(text, ":[]"):
		return fmt.Errorf("%.80q has a port in it, or is an IP address; a domain name such as chat.example.com is needed", text)
	case strings.Contains(text, "_"):
		return fmt.Errorf("%.80q has an underscore in it, which no host's name may have", text)
	}
	return nil
}

// address refuses names that programs take for IPv4 addresses, also in the forms 127.1, 0177.0.0.1 and 0x7f000001.
func address(name string) error {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := netip.ParseAddr(name)
	digits := strings.TrimPrefix(last, "0x")
	if err == nil || strings.Trim(last, "0123456789") == "" || digits != last && strings.Trim(digits, "0123456789abcdef") == "" {
		return fmt.Errorf("%.80q is an IP address; a domain name such as chat.example.com is needed", name)
	}
	return nil
}

// ours refuses what belongs to nobody, to everybody, or to this installation.
func ours(name, base string) error {
	if len(name) > MaxName {
		return fmt.Errorf("the domain name has %d characters; at most %d are allowed", len(name), MaxName)
	}
	if !strings.Contains(name, ".") {
		return fmt.Errorf("%q has one label only; a domain name such as chat.example.com is needed", name)
	}
	if name == base || strings.HasSuffix(name, "."+base) {
		return fmt.Errorf("%q is a name of this installation, which gives out all names under %s itself", name, base)
	}
	if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
		return fmt.Errorf("%q is a suffix under which anybody can have names; a name of your own such as chat.%s is needed", name, name)
	}
	return nil
}

// Apex reports whether a name is registered as it is: such a name can't be an alias (CNAME) of another.
func Apex(name string) bool {
	registered, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err == nil && registered == name
}

// Show returns a name as people write it: in its own script.
func Show(name string) string {
	shown, err := profile.ToUnicode(name)
	if err != nil {
		return name
	}
	return shown
}
