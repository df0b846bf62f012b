package posts

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func TestTheFirstLinkOfAMessage(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":                              "",
		"see https://example.com.":      "https://example.com",
		"(http://example.com/a_(b)), c": "http://example.com/a_(b)",
		"[x](https://example.com/a_(b)c) and https://other.example": "https://example.com/a_(b)c",
		"`https://in.code` https://out.example":                     "https://out.example",
		"```\nhttps://in.code\n```":                                 "",
		"<https://example.com/x>":                                   "https://example.com/x",
		"HTTPS://EXAMPLE.com":                                       "HTTPS://EXAMPLE.com",
		"xhttps://example.com":                                      "",
		"\u00e4https://example.com":                                 "",
		"ftp://example.com http://b.example":                        "http://b.example",
		"https://user:secret@example.com":                           "",
		"https:// http://b.example":                                 "http://b.example",
		"javascript://x":                                            "",
		"**https://example.com/a?b=c&d#e**":                         "https://example.com/a?b=c&d#e",
		"https://example.com/" + strings.Repeat("x", longestLink):   "",
		strings.Repeat("://", 10_000) + "https://late.example":      "",
	} {
		if got := firstLink(message); got != want {
			t.Errorf("%.60q has %q, not %q", message, got, want)
		}
	}
}

func TestALinkOfTheSiteLeadsToAPost(t *testing.T) {
	t.Parallel()
	post := id.New()
	const site = "https://team.example"
	for link, want := range map[string]struct {
		post id.ID
		own  bool
	}{
		site + "/builders/pl/" + post.String():             {post, true},
		site + "/_redirect/pl/" + post.String() + "?a=b#c": {post, true},
		site + "/builders/pl/" + post.String() + "/":       {post, true},
		site + "/builders/channels/" + post.String():       {own: true},
		site + "/builders/pl/x":                            {own: true},
		site:                                               {own: true},
		site + ".evil.example/a/pl/" + post.String():       {},
		site + "@evil.example/a/pl/" + post.String():       {},
		"https://other.example/a/pl/" + post.String():      {},
	} {
		if got, own := permalink(link, site); got != want.post || own != want.own {
			t.Errorf("%s: %s, %t", link, got, own)
		}
	}
	if got, own := permalink("/builders/pl/"+post.String(), ""); own || !got.IsZero() {
		t.Error("a workspace without an address has links of its own")
	}
}
