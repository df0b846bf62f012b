package posts

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// reach is who a post addresses, its author left out: all of them, those by a word of their own among them, and whether it is everybody, as
// in direct and group messages.
type reach struct {
	users, named []id.ID
	everyone     bool
}

func (l *Log) mentioned(ctx context.Context, d Draft) (to reach, err error) {
	if !d.counts() {
		return to, nil
	}
	text := spoken(d.Message)
	names := mentions(text)
	direct := d.Channel.TeamID.IsZero()
	all := d.AtAll && (slices.Contains(names, "channel") || slices.Contains(names, "all"))
	here := d.AtAll && slices.Contains(names, "here")
	if d.NoWords && len(names) == 0 && !direct {
		return reach{users: []id.ID{}}, nil
	}
	rows, err := l.DB.MentionCandidates(ctx, dbsql.MentionCandidatesParams{ChannelID: d.Channel.ID, Names: names, Words: words(text), Groups: d.AtGroups, Everyone: direct || all || here})
	to = reach{users: make([]id.ID, 0, len(rows)), named: []id.ID{}, everyone: direct || all}
	lower := strings.ToLower(text)
	for _, r := range rows {
		named := r.Grouped || slices.Contains(names, r.Username) || called(text, lower, r)
		reached := direct || (all || here && l.Hub.Status(r.ID).Status == realtime.Online) && hears(r)
		if r.ID == d.Author.ID { // whom a program can mention that speaks in their name
			named, reached = named && d.ByProgram && !d.Author.IsBot && !direct && !all && !here, false
		} else if !named && !reached {
			to.everyone = false
		}
		if named {
			to.named = append(to.named, r.ID)
		}
		if named || reached {
			to.users = append(to.users, r.ID)
		}
	}
	return to, err
}

func noteMentions(ctx context.Context, q *dbsql.Queries, post id.ID, to reach) error {
	if to.everyone {
		to.users = []id.ID{}
	}
	return q.NoteMentions(ctx, dbsql.NoteMentionsParams{PostID: post, Users: to.users, Everyone: to.everyone, Named: to.named})
}

// hears says whether somebody wants to be mentioned together with the whole channel.
func hears(r dbsql.MentionCandidatesRow) bool {
	return r.NotifyProps["channel"] != "false" && r.Ignores != "on"
}

// mentions are the names after an @, in lower case. A name may end a sentence, so that its full stop is tried both
// ways.
func mentions(message string) []string {
	var names []string
	for rest := message; ; {
		at := strings.IndexByte(rest, '@')
		if at < 0 {
			return names
		}
		glued := at > 0 && isNameByte(rest[at-1])
		rest = rest[at+1:]
		end := 0
		for end < len(rest) && isNameByte(rest[end]) {
			end++
		}
		if end == 0 || glued {
			continue
		}
		name := strings.ToLower(rest[:end])
		names = append(names, name)
		if short := strings.TrimRight(name, ".-_"); short != name && short != "" {
			names = append(names, short)
		}
	}
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}

const shortestHashtag = 3

// hashtags are the words that begin with # and a letter, separated by spaces.
func hashtags(message string) string {
	var tags []string
	for word := range strings.FieldsSeq(message) {
		word = strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		tag := []rune(word)
		if len(tag) > shortestHashtag && tag[0] == '#' && unicode.IsLetter(tag[1]) && !strings.ContainsRune(word[1:], '#') {
			tags = append(tags, word)
		}
	}
	if joined := strings.Join(tags, " "); len(joined) <= 1000 {
		return joined
	}
	return ""
}
