package oauth

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	longestCallback  = 256
	longestCallbacks = 1024 // all of an app, with a blank between two and brackets around, as the protocol counts them
)

func wrong(name, allowed string) error {
	return fault.New(http.StatusBadRequest, "model.oauth.is_valid."+name+".app_error", "An app has %s.", allowed)
}

// check says whether an app may be as it is given. One that registered itself need not have a homepage.
func check(in wire.OAuthAppRequest, registered bool) error {
	switch {
	case in.Name == "" || len(in.Name) > 64:
		return wrong("name", "a name of 1 to 64 bytes")
	case len(in.CallbackURLs) == 0 || len(strings.Join(in.CallbackURLs, " "))+2 > longestCallbacks || slices.ContainsFunc(in.CallbackURLs, func(u string) bool { return !callback(u) }):
		return wrong("callback", "one or more callback_urls that begin with http:// or https://, without a fragment and a user, of at most 256 bytes each and 1022 together")
	case in.Homepage == "" && !registered, in.Homepage != "" && (len(in.Homepage) > 256 || !web(in.Homepage)):
		return wrong("homepage", "a homepage that begins with http:// or https://, of at most 256 bytes")
	case utf8.RuneCountInString(in.Description) > 512:
		return wrong("description", "a description of at most 512 characters")
	case in.IconURL != "" && (len(in.IconURL) > 512 || !web(in.IconURL)):
		return wrong("icon_url", "an icon_url that begins with http:// or https://, of at most 512 bytes, or none")
	}
	return nil
}

// host is a name or an address, and maybe a port: it stands in the policy of a page, too.
var host = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// web reports whether a text is an address on the web, as every reader of addresses understands it.
func web(text string) bool {
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		return false
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}", c) >= 0 {
			return false
		}
	}
	u, err := url.ParseRequestURI(text)
	return err == nil && u.User == nil && host.MatchString(u.Host)
}

// callback reports whether browsers may be sent to an address with a code: RFC 6749, 3.1.2, without a fragment.
func callback(text string) bool {
	return len(text) <= longestCallback && web(text) && !strings.Contains(text, "#")
}
