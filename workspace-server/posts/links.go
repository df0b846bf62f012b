package posts

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
)

const (
	longestLink = 2048 // bytes of a link whose preview is shown
	mostTried   = 20   // of what looks like a link in a message
)

// firstLink is the first http or https address of a message that is not in code, as it is written there; empty where it has none.
func firstLink(message string) string {
	if !strings.Contains(message, "://") {
		return ""
	}
	text := spoken(message)
	for range mostTried {
		at := strings.Index(text, "://")
		if at < 0 {
			break
		}
		link, rest := linkAround(text, at)
		if link != "" {
			return link
		}
		text = rest
	}
	return ""
}

// linkAround is the link with a "://" at a place, and what follows it. Links that may not be shown are none.
func linkAround(text string, at int) (link, rest string) {
	rest = text[at+len("://"):]
	begin := strings.LastIndexFunc(text[:at], func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) + 1
	for begin > 0 && begin < at && !utf8.RuneStart(text[begin]) {
		begin++
	}
	if scheme := strings.ToLower(text[begin:at]); scheme != "http" && scheme != "https" {
		return "", rest
	}
	if before, _ := utf8.DecodeLastRuneInString(text[:begin]); begin > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
		return "", rest
	}
	end := strings.IndexFunc(rest, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"|\\^{}`", r)
	})
	if end < 0 {
		end = len(rest)
	}
	if strings.HasSuffix(text[:begin], "](") {
		end = closed(rest[:end])
	}
	link = withoutPunctuation(text[begin:at+len("://")] + rest[:end])
	if u, err := url.Parse(link); err != nil || len(link) > longestLink || u.User != nil || !outbound.Valid(link) || !utf8.ValidString(link) {
		return "", rest[end:]
	}
	return link, rest[end:]
}

// closed is where the parenthesis ends that a link began in.
func closed(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return len(text)
}

// withoutPunctuation is a link without what ends the sentence that it stands in.
func withoutPunctuation(link string) string {
	for {
		last := link[len(link)-1:]
		if strings.ContainsAny(last, ".,;:!?'*_~]") || last == ")" && strings.Count(link, ")") > strings.Count(link, "(") {
			link = link[:len(link)-1]
			continue
		}
		return link
	}
}

// permalink is the post that a link of the site leads to; own reports whether it is one of the site's at all.
func permalink(link, site string) (post id.ID, own bool) {
	rest, own := strings.CutPrefix(link, site)
	if site == "" || !own || rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
		return id.ID{}, false
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if len(parts) != 3 || parts[1] != "pl" {
		return id.ID{}, true
	}
	post, err := id.Parse(parts[2])
	if err != nil {
		return id.ID{}, true
	}
	return post, true
}
