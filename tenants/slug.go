package tenants

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// slugHold is how long the slug of a deleted workspace stays taken, so that nobody inherits its links and clients.
const slugHold = 90 * 24 * time.Hour

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// reservedSlugs would be taken for a part of Longhouse itself, or for somebody official.
var reservedSlugs = []string{
	"abuse", "account", "accounts", "admin", "administrator", "api", "app", "assets", "auth", "autoconfig",
	"autodiscover", "backup", "billing", "blog", "cdn", "cell", "cells", "console", "control", "dashboard", "demo", "dev",
	"docs", "edge", "export", "exports", "files", "ftp", "git", "help", "hostmaster", "imap", "internal", "invoice", "legal",
	"localhost", "login", "longhouse", "mail", "metrics", "mta-sts", "mx", "news", "ns1", "ns2", "oauth", "operator", "pay",
	"payments", "pop", "postmaster", "press", "privacy", "prod", "production", "proxy", "root", "s3", "security", "shop",
	"signin", "signup", "smtp", "sso", "staff", "staging", "static", "status", "store", "support", "system", "team", "test",
	"webmail", "webmaster", "wpad", "www",
}

// checkSlug refuses what can't be the first part of a host name, or is ours.
func checkSlug(slug string) error {
	switch {
	case len(slug) > 63:
		return refuse(Invalid, "slug", "the slug has %d characters; at most 63 are allowed", len(slug))
	case !slugForm.MatchString(slug):
		return refuse(Invalid, "slug", "the slug %q is not usable: lower-case letters a to z, digits and hyphens are allowed, and it starts and ends with a letter or digit", slug)
	case len(slug) >= 4 && slug[2:4] == "--":
		return refuse(Invalid, "slug", "the slug %q is not usable: hyphens in the third and fourth place are kept for internationalised names", slug)
	case slices.Contains(reservedSlugs, slug), strings.HasPrefix(slug, canarySlug):
		return refuse(Invalid, "slug", "the slug %q is reserved; choose another", slug)
	}
	return nil
}
