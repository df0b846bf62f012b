package posts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// anyWords finds those who have a keyword that words can't tell.
const anyWords = "*"

// words are the runs of letters and digits of ASCII in a message, in lower case, by which those are found who may be called by it.
func words(message string) []string {
	out, seen := []string{anyWords}, map[string]bool{}
	foreign := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }
	for _, w := range strings.FieldsFunc(strings.ToLower(message), foreign) {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// called says whether a message, that is also given in lower case, has one of somebody's keywords, in whatever case, or their first name, where
// they want that.
func called(message, lower string, who dbsql.MentionCandidatesRow) bool {
	if who.NotifyProps["first_name"] == "true" && says(message, who.FirstName) {
		return true
	}
	for key := range strings.SplitSeq(who.NotifyProps["mention_keys"], ",") {
		if says(lower, strings.ToLower(strings.TrimSpace(key))) {
			return true
		}
	}
	return false
}

// says looks for a text that stands by itself. Where no spaces are between words, it may stand among others.
func says(message, text string) bool {
	if text == "" {
		return false
	}
	first, size := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	for at := 0; ; {
		found := strings.Index(message[at:], text)
		if found < 0 {
			return false
		}
		at += found
		before, _ := utf8.DecodeLastRuneInString(message[:at])
		after, _ := utf8.DecodeRuneInString(message[at+len(text):])
		if apart(before, first) && apart(last, after) {
			return true
		}
		at += size
	}
}

// apart says whether a word can end between two characters.
func apart(a, b rune) bool { return !inWord(a) || !inWord(b) || unspaced(a) || unspaced(b) }

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
