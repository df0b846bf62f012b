package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Posts are most of what the server says, so they are written out here instead of by reflection. The result says the same as that of
// encoding/json, which writes whatever is rare.

// Appender writes itself.
type Appender interface{ AppendJSON(b []byte) []byte }

// Written is JSON already.
type Written []byte

// AppendJSON appends it.
func (w Written) AppendJSON(b []byte) []byte { return append(b, w...) }

// JSON is a value as the protocol writes it.
func JSON(v any) ([]byte, error) {
	if v, ok := v.(Appender); ok {
		return v.AppendJSON(nil), nil
	}
	return json.Marshal(v)
}

// AppendJSON appends the post.
func (p *Post) AppendJSON(b []byte) []byte {
	b = appendID(append(b, `{"id":`...), p.ID)
	b = appendInt(append(b, `,"create_at":`...), p.CreateAt)
	b = appendInt(append(b, `,"update_at":`...), p.UpdateAt)
	b = appendInt(append(b, `,"edit_at":`...), p.EditAt)
	b = appendInt(append(b, `,"delete_at":`...), p.DeleteAt)
	b = strconv.AppendBool(append(b, `,"is_pinned":`...), p.IsPinned)
	b = appendID(append(b, `,"user_id":`...), p.UserID)
	b = appendID(append(b, `,"channel_id":`...), p.ChannelID)
	b = appendID(append(b, `,"root_id":`...), p.RootID)
	b = appendID(append(b, `,"original_id":`...), p.OriginalID)
	b = appendText(append(b, `,"message":`...), p.Message)
	if p.MessageSource != "" {
		b = appendText(append(b, `,"message_source":`...), p.MessageSource)
	}
	b = appendText(append(b, `,"type":`...), p.Type)
	b = appendRaw(append(b, `,"props":`...), p.Props)
	b = appendText(append(b, `,"hashtags":`...), p.Hashtags)
	b = appendIDs(append(b, `,"file_ids":`...), p.FileIDs)
	b = appendText(append(b, `,"pending_post_id":`...), p.PendingPostID)
	if p.HasReactions {
		b = append(b, `,"has_reactions":true`...)
	}
	if p.RemoteID != nil {
		b = appendText(append(b, `,"remote_id":`...), *p.RemoteID)
	}
	return p.appendThread(b)
}

// appendThread appends what follows of the post, from what is said of its thread to the end.
func (p *Post) appendThread(b []byte) []byte {
	b = appendInt(append(b, `,"reply_count":`...), p.ReplyCount)
	b = appendInt(append(b, `,"last_reply_at":`...), p.LastReplyAt)
	if b = append(b, `,"participants":`...); p.Participants == nil {
		b = append(b, `null`...)
	} else {
		b = appendAny(b, p.Participants)
	}
	if p.IsFollowing != nil {
		b = strconv.AppendBool(append(b, `,"is_following":`...), *p.IsFollowing)
	}
	if p.Metadata != nil {
		if b = append(b, `,"metadata":`...); p.Metadata.empty() {
			b = append(b, `{}`...)
		} else {
			b = appendAny(b, p.Metadata)
		}
	}
	return append(b, '}')
}

func (m *PostMetadata) empty() bool {
	return len(m.Embeds)+len(m.Emojis)+len(m.Files)+len(m.Images)+len(m.Reactions)+len(m.Acknowledgements)+len(m.Translations)+len(m.Recipients) == 0 &&
		m.Priority == nil && m.RedactedFileCount == 0 && m.ExpireAt == 0
}

// AppendJSON appends the list.
func (l *PostList) AppendJSON(b []byte) []byte {
	b = slices.Grow(b, 700*len(l.Posts)+200)
	b = appendIDs(append(b, `{"order":`...), l.Order)
	b = l.appendPosts(append(b, `,"posts":`...))
	b = appendID(append(b, `,"next_post_id":`...), l.NextPostID)
	b = appendID(append(b, `,"prev_post_id":`...), l.PrevPostID)
	if l.HasNext != nil {
		b = strconv.AppendBool(append(b, `,"has_next":`...), *l.HasNext)
	}
	return append(appendInt(append(b, `,"first_inaccessible_post_time":`...), l.FirstInaccessiblePostTime), '}')
}

// AppendJSON appends the list and what fits in it.
func (r *PostSearchResults) AppendJSON(b []byte) []byte {
	b = r.PostList.AppendJSON(b)
	return append(appendAny(append(b[:len(b)-1], `,"matches":`...), r.Matches), '}')
}

func (l *PostList) appendPosts(b []byte) []byte {
	if l.Posts == nil {
		return append(b, `null`...)
	}
	b = append(b, '{')
	for key, p := range l.Posts {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		if b = append(appendID(b, key), ':'); p == nil {
			b = append(b, `null`...)
		} else {
			b = p.AppendJSON(b)
		}
	}
	return append(b, '}')
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

func appendID(b []byte, i id.ID) []byte {
	return append(i.Append(append(b, '"')), '"')
}

func appendIDs(b []byte, ids []id.ID) []byte {
	if ids == nil {
		return append(b, `null`...)
	}
	b = append(b, '[')
	for n, i := range ids {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendID(b, i)
	}
	return append(b, ']')
}

// appendText appends a text as it is where nothing in it has to be escaped.
func appendText(b []byte, text string) []byte {
	if !plain(text) {
		return appendAny(b, text)
	}
	return append(append(append(b, '"'), text...), '"')
}

// plain reports whether a text stands in JSON as it is, also in JSON that stands in HTML.
func plain(text string) bool {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(text) && !strings.ContainsAny(text, "\u2028\u2029")
}

func appendRaw(b []byte, raw json.RawMessage) []byte {
	if string(raw) == "{}" {
		return append(b, raw...)
	}
	return appendAny(b, raw)
}

func appendAny(b []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // wire types always encode
	}
	return append(b, text...)
}
