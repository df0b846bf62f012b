// Package search finds what people wrote. It never shows a post of a channel that the asker isn't in.
package search

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// terms are what somebody looks for, as they typed it: words, "phrases", #hashtags, wor* for all that begin so, a - before what must not
// be there, and from:, in:, channel:, on:, before: and after:.
type terms struct {
	words, notWords    []string            // a star at the end stands for any
	phrases            []string            // one or several words as they stand
	forms              map[string][]string // of words, that are looked for as well
	tags, notTags      []string            // in lower case, with their #
	from, notFrom      []string            // user names
	in, notIn          []string            // names of channels, or @ and a user name for a direct message
	extensions         []string            // of files, in lower case; they bound no posts
	notExtensions      []string
	since, until       time.Time
	notSince, notUntil time.Time
	anyOf              bool
}

// none: nothing is looked for, but for extensions.
func (t terms) none() bool {
	lists := [][]string{t.words, t.notWords, t.phrases, t.tags, t.notTags, t.from, t.notFrom, t.in, t.notIn}
	for _, list := range lists {
		if len(list) > 0 {
			return false
		}
	}
	return t.since.IsZero() && t.until.IsZero() && t.notSince.IsZero()
}

// parse never fails: what isn't understood is a word. Days are of a zone so many seconds east of UTC.
func parse(text string, east int) terms {
	var t terms
	for _, token := range split(text) {
		not := strings.HasPrefix(token, "-") && len(token) > 1
		bare := token
		if not {
			bare = token[1:]
		}
		if name, value, ok := strings.Cut(bare, ":"); ok && value != "" && t.modify(strings.ToLower(name), value, not, east) {
			continue
		}
		t.look(bare, not)
	}
	return t
}

// split cuts at spaces outside of quotes, and lets a modifier's value follow after one, as clients write "from: ben".
func split(text string) []string {
	var out []string
	var now strings.Builder
	quoted := false
	end := func() {
		if now.Len() == 0 {
			return
		}
		if n := len(out); n > 0 && modifier(out[n-1]) {
			out[n-1] += now.String()
		} else {
			out = append(out, now.String())
		}
		now.Reset()
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
			now.WriteRune(r)
		case !quoted && unicode.IsSpace(r):
			end()
		default:
			now.WriteRune(r)
		}
	}
	end()
	return out
}

var modifiers = []string{"from:", "in:", "channel:", "on:", "before:", "after:", "ext:"}

func modifier(token string) bool {
	return slices.Contains(modifiers, strings.ToLower(strings.TrimPrefix(token, "-")))
}

// modify reports whether it is a modifier, with a value that one can have.
func (t *terms) modify(name, value string, not bool, east int) bool {
	value = strings.Trim(value, `"`)
	switch name {
	case "from":
		add(&t.from, &t.notFrom, strings.ToLower(strings.TrimPrefix(value, "@")), not)
		return true
	case "in", "channel":
		add(&t.in, &t.notIn, strings.ToLower(strings.TrimPrefix(value, "~")), not)
		return true
	case "ext":
		add(&t.extensions, &t.notExtensions, strings.TrimPrefix(strings.ToLower(value), "."), not)
		return true
	case "on", "before", "after":
		day, err := time.Parse("2006-1-2", value)
		if err != nil {
			return false
		}
		t.between(name, day.Add(-time.Duration(east)*time.Second), not)
		return true
	}
	return false
}

// between bounds the time by a day: of several the narrowest counts.
func (t *terms) between(name string, begins time.Time, not bool) {
	ends := begins.AddDate(0, 0, 1)
	if name == "on" && not {
		t.notSince, t.notUntil = begins, ends
		return
	}
	if (name == "before" && !not) || name == "after" && not { // not after a day: before its end
		end := begins
		if not {
			end = ends
		}
		if t.until.IsZero() || end.Before(t.until) {
			t.until = end
		}
		return
	}
	begin := begins
	if name == "after" {
		begin = ends
	}
	if t.since.IsZero() || begin.After(t.since) {
		t.since = begin
	}
	if name == "on" && (t.until.IsZero() || ends.Before(t.until)) {
		t.until = ends
	}
}

func (t *terms) look(token string, not bool) {
	if strings.HasPrefix(token, "#") && len(token) > 1 {
		add(&t.tags, &t.notTags, strings.ToLower(strings.TrimRight(token, ".,;:!?")), not)
		return
	}
	word := strings.TrimSpace(strings.Trim(token, `"`))
	switch {
	case !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
	case strings.HasPrefix(token, `"`):
		add(&t.phrases, &t.notWords, word, not)
	default:
		add(&t.words, &t.notWords, word, not)
	}
}

func add(list, notList *[]string, value string, not bool) {
	if value == "" {
		return
	}
	if not {
		list = notList
	}
	*list = append(*list, value)
}

// query is what to look for in the form of to_tsquery, by words and by signs. Each word is quoted: what stands in it means nothing.
func (t terms) query() (wanted, wantedSigns, unwanted, unwantedSigns string) {
	words, signed := apart(t.words)
	phrases, signedPhrases := apart(t.phrases)
	notWords, notSigned := apart(t.notWords)
	either := []string{}
	for _, word := range words {
		either = append(either, t.either(word))
	}
	return strings.Join(append(either, quoted(phrases)...), t.joint()), joined(append(signed, signedPhrases...), t.joint()), joined(notWords, " | "), joined(notSigned, " | ")
}

// either is the word, or one of its forms.
func (t terms) either(word string) string {
	all := append([]string{word}, t.forms[word]...)
	if len(all) == 1 {
		return joined(all, "")
	}
	return "(" + joined(all, " | ") + ")"
}

// joint is what stands between the words that are looked for.
func (t terms) joint() string {
	if t.anyOf {
		return " | "
	}
	return " & "
}

func joined(words []string, joint string) string { return strings.Join(quoted(words), joint) }

func quoted(words []string) (out []string) {
	for _, word := range words {
		stem := strings.TrimRight(word, "*")
		text := "'" + escaped.Replace(stem) + "'"
		if stem != word {
			text += ":*"
		}
		out = append(out, text)
	}
	return out
}

var escaped = strings.NewReplacer(`'`, `''`, `\`, `\\`, "\x00", " ")
