package mail

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Said is a post of which somebody is told.
type Said struct {
	By    string
	Where string // the channel, or nothing in a direct message
	Team  string // or nothing
	Text  string // of any length; or nothing
	Path  string // of the post, on the site
}

const longestText = 1000 // of a post in a letter, in characters

// Notified is for somebody who was not there when posts concerned them. more says that there are others.
func (o *Outbox) Notified(to string, list []Said, more bool) Letter {
	l := Letter{to: to, posts: list, subject: list[0].heading() + " at " + o.name(), before: []string{"While you were away from " + o.name() + " (" + o.site + "):"}}
	if more {
		l.after = []string{"And more."}
	}
	if len(list) > 1 {
		l.subject = fmt.Sprintf("%d messages at %s", len(list), o.name())
	}
	l.after = append(l.after, "In your settings you say of what you want to be told by mail, and how often.")
	return l
}

// heading says whose post it is, and where it stands.
func (s Said) heading() string {
	out := s.By
	if s.Where != "" {
		out += " in " + s.Where
	}
	if s.Team != "" {
		out += " (" + s.Team + ")"
	}
	return oneLine(out)
}

// short is the beginning of the text.
func (s Said) short() string {
	if utf8.RuneCountInString(s.Text) <= longestText {
		return s.Text
	}
	return string([]rune(s.Text)[:longestText]) + "…"
}

func (o *Outbox) postText(b *strings.Builder, s Said) {
	b.WriteString(s.heading() + ":\n")
	quote(b, s.short())
	b.WriteString(o.site + s.Path + "\n\n")
}

func (o *Outbox) postHTML(b *strings.Builder, s Said) {
	to := html.EscapeString(o.site + s.Path)
	b.WriteString("<p><a href=\"" + to + "\"><strong>" + html.EscapeString(s.heading()) + "</strong></a></p>\n")
	if s.Text != "" {
		b.WriteString("<blockquote style=\"white-space:pre-line\">" + html.EscapeString(s.short()) + "</blockquote>\n")
	}
}
