package tenants

import (
	"strings"
	"testing"
)

func TestSlugs(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "7", "a-b", "engines", "a--b", strings.Repeat("a", 63)} {
		if err := checkSlug(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "-a", "a-", "A", "a_b", "a.b", "ä", "a b", "a\n", "xn--a", "ab--c", "www", "longhouse", strings.Repeat("a", 64)} {
		if err := checkSlug(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestReservedSlugsAreSlugs(t *testing.T) {
	t.Parallel()
	for _, slug := range reservedSlugs {
		if !slugForm.MatchString(slug) {
			t.Errorf("%q could not be asked for anyway", slug)
		}
	}
}

func TestEmailAddresses(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"Ada@Example.COM": "ada@example.com", " a+b@c.de ": "a+b@c.de", "root@localhost": "root@localhost"} {
		if got, err := checkEmail(given); got != want || err != nil {
			t.Errorf("%q: %q %v", given, got, err)
		}
	}
	for _, bad := range []string{"", "a", "a@", "@b.c", "a@b", "a b@c.d", "a@b.c,d@e.f", "A <a@b.c>", "<a@b.c>", "a@[127.0.0.1]", `"a b"@c.d`, "ä@b.c", "a@b.c\r\nTo: x@y.z", "a@b.c\x00", "a(b)@c.d"} {
		if got, err := checkEmail(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// TestAnEmailAddressFitsAWorkspace: a longer one would be accepted here, and refused as a workspace's first admin.
func TestAnEmailAddressFitsAWorkspace(t *testing.T) {
	t.Parallel()
	const allowedThere = 128 // by workspace-server/users, which no room may import
	of := func(length int) string { return strings.Repeat("a", length-len("@example.com")) + "@example.com" }
	if got, err := checkEmail(of(allowedThere)); err != nil || len(got) != allowedThere {
		t.Errorf("%q: %v", got, err)
	}
	if _, err := checkEmail(of(allowedThere + 1)); err == nil || !strings.Contains(err.Error(), "at most 128 characters") {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	if got, err := checkName("name", "  Größe & Co. "); got != "Größe & Co." || err != nil {
		t.Errorf("%q %v", got, err)
	}
	for _, bad := range []string{"", " ", "a\x00", "a\nb", "a\u202eb", "a\u200bb", "\xff", strings.Repeat("ä", 65)} {
		if _, err := checkName("name", bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPasswordsHaveALength(t *testing.T) {
	t.Parallel()
	for password, good := range map[string]bool{strings.Repeat("ä", 10): true, strings.Repeat("ä", 9): false, strings.Repeat("a", 128): true,
		strings.Repeat("a", 129): false, "\xff123456789": false, "a\x00b4567890": false} {
		if err := checkPassword(password); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
}
