package mail

import (
	"html"
	"strings"
	"unicode"
)

// oneLine keeps what people are called from beginning a header or a paragraph of its own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

func (o *Outbox) text(l Letter) string {
	var b strings.Builder
	paragraphs := func(list []string) {
		for _, p := range list {
			b.WriteString(oneLine(p) + "\n\n")
		}
	}
	paragraphs(l.before)
	if l.said != "" {
		quote(&b, l.said)
		b.WriteString("\n")
	}
	for _, s := range l.posts {
		o.postText(&b, s)
	}
	if l.path != "" {
		b.WriteString(l.label + ":\n" + o.site + l.path + "\n\n")
	}
	paragraphs(l.after)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// quote keeps what others wrote from looking as if it were ours.
func quote(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString("> " + oneLine(strings.TrimRight(line, "\r\n")) + "\n")
	}
}

// html is the same, as markup in which every word is text.
func (o *Outbox) html(l Letter) string {
	var b strings.Builder
	paragraphs := func(list []string) {
		for _, p := range list {
			b.WriteString("<p>" + html.EscapeString(oneLine(p)) + "</p>\n")
		}
	}
	b.WriteString("<!doctype html>\n<html><body style=\"font-family:sans-serif;line-height:1.5;max-width:36em\">\n")
	paragraphs(l.before)
	if l.said != "" {
		b.WriteString("<blockquote style=\"white-space:pre-line\">" + html.EscapeString(l.said) + "</blockquote>\n")
	}
	for _, s := range l.posts {
		o.postHTML(&b, s)
	}
	if l.path != "" {
		to := html.EscapeString(o.site + l.path)
		b.WriteString("<p><a href=\"" + to + "\"><strong>" + html.EscapeString(l.label) + "</strong></a></p>\n<p>Or open <a href=\"" + to + "\">" + to + "</a></p>\n")
	}
	paragraphs(l.after)
	b.WriteString("</body></html>\n")
	return b.String()
}
