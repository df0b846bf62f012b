package tenants

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	webhookURLMost         = 2048
	webhookEventsMost      = 50
	webhookDescriptionMost = 200
)

// check refuses what can't be a webhook, and leaves the rest in its plain form.
func (w *Webhooks) check(n *NewWebhook) error {
	if err := w.checkURL(n.URL); err != nil {
		return err
	}
	n.Description = strings.TrimSpace(n.Description)
	if c := utf8.RuneCountInString(n.Description); c > webhookDescriptionMost || strings.ContainsFunc(n.Description, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return refuse(Invalid, "description", "the description must be at most %d characters that can be shown", webhookDescriptionMost)
	}
	if len(n.Events) > webhookEventsMost {
		return refuse(Invalid, "events", "there are %d events; %d are allowed, and noun.* stands for all of a noun", len(n.Events), webhookEventsMost)
	}
	for _, name := range n.Events {
		if err := checkEventName(name); err != nil {
			return err
		}
	}
	n.Events = slices.Compact(slices.Sorted(slices.Values(n.Events)))
	if n.Events == nil {
		n.Events = []string{}
	}
	return nil
}

// checkURL refuses what will never be called. Names are judged when they are connected to.
func (w *Webhooks) checkURL(text string) error {
	bad := func(why string) error {
		return refuse(Invalid, "url", "the URL %s; it must be of the form https://host/path", why)
	}
	if len(text) > webhookURLMost {
		return bad("is longer than " + strconv.Itoa(webhookURLMost) + " bytes")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || !u.IsAbs() || u.Opaque != "" || u.Hostname() == "":
		return bad("is not an address on the web")
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }):
		return bad("has characters in it that must be encoded")
	case u.User != nil:
		return bad("has a name or password in it, which is not allowed")
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return bad("has a fragment, which no server sees")
	case u.Scheme != "https" && (u.Scheme != "http" || len(w.networks) == 0):
		return bad("is not encrypted")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return bad("has a port that is not from 1 to 65535")
		}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil: // a name
	case w.networks.Check(addr) != nil:
		return refuse(Invalid, "url", "the URL's address is private, local or reserved; webhooks go to the public internet only")
	case u.Scheme == "http" && !w.networks.Contain(addr):
		return bad("is not encrypted")
	}
	return nil
}

// hostOf is what may be told of a URL.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
