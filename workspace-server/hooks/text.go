package hooks

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Speaker is under which name a program speaks, unless it says another.
type Speaker struct {
	DisplayName string // of what it speaks by
	Username    string
	IconURL     string
	Literally   bool // its texts are taken as they are
}

// Draft is the post that a program asks for, without its author and its place.
func Draft(by Speaker, in wire.IncomingWebhookRequest) (d posts.Draft, err error) {
	if in.Type != "" && !strings.HasPrefix(in.Type, "custom_") {
		return d, fault.BadBody("type", "empty, or a word that begins with custom_")
	}
	if len(in.Type) > 26 {
		return d, fault.BadBody("type", "at most 26 characters")
	}
	if err := checkIcon("icon_url", in.IconURL); err != nil {
		return d, err
	}
	if len(in.Username) > 64 || len(in.IconURL) > 1024 || len(in.IconEmoji) > 66 {
		return d, fault.BadBody("username", "at most 64 bytes, an icon_url of at most 1024, and the name of an emoji")
	}
	if in.RootID != "" {
		if d.RootID, err = id.Parse(in.RootID); err != nil {
			return d, fault.BadBody("root_id", "the id of a post, or nothing")
		}
	}
	props := map[string]json.RawMessage{}
	if given := in.Props; len(given) > 0 && json.Unmarshal(given, &props) != nil {
		return d, fault.BadBody("props", "a JSON object")
	}
	if props == nil { // it was null
		props = map[string]json.RawMessage{}
	}
	for name, value := range map[string]string{"from_webhook": "true", "webhook_display_name": by.DisplayName, "override_username": cmp.Or(in.Username, by.Username),
		"override_icon_url": cmp.Or(in.IconURL, by.IconURL), "override_icon_emoji": in.IconEmoji} {
		if value != "" {
			props[name], _ = json.Marshal(value) // a text
		}
	}
	say := Markdown
	if by.Literally {
		say = func(text string) string { return text }
	}
	has, err := attach(props, in.Attachments, say)
	if err != nil {
		return d, err
	}
	d.Message = say(in.Text)
	if strings.TrimSpace(d.Message) == "" && !has {
		return d, fault.New(http.StatusBadRequest, "web.incoming_webhook.text.app_error", "There is neither a text nor an attachment.")
	}
	d.Props, err = json.Marshal(props)
	return d, err
}

// attach adds attachments to props, and reports whether there are any.
func attach(props map[string]json.RawMessage, list []json.RawMessage, say func(string) string) (bool, error) {
	if len(list) == 0 {
		return false, nil
	}
	attachments := make([]map[string]json.RawMessage, len(list))
	for i, text := range list {
		if json.Unmarshal(text, &attachments[i]) != nil || attachments[i] == nil {
			return false, fault.BadBody("attachments", "a list of objects")
		}
		a := attachments[i]
		for _, name := range []string{"text", "pretext", "fallback"} {
			var text string
			if json.Unmarshal(a[name], &text) == nil && text != "" {
				a[name], _ = json.Marshal(say(text)) // a text
			}
		}
	}
	props["attachments"], _ = json.Marshal(attachments) // it was read from JSON
	return true, nil
}

var (
	mentionOfAll = regexp.MustCompile(`<!(channel|here|all|everyone)(?:\|[^<>]*)?>`)
	linkWithText = regexp.MustCompile(`<((?:https?|mailto):[^<>|\s]+)\|([^<>|\n]+)>`)
)

// Markdown makes Markdown of the forms in which programs that were written for Slack mention everybody and write links.
func Markdown(text string) string {
	text = mentionOfAll.ReplaceAllStringFunc(text, func(m string) string {
		name := mentionOfAll.FindStringSubmatch(m)[1]
		if name == "everyone" {
			name = "all"
		}
		return "@" + name
	})
	return linkWithText.ReplaceAllString(text, "[$2]($1)")
}

// Escaped is JSON in which texts have line breaks and tabs as they are, as many programs write it, with those escaped.
func Escaped(text []byte) []byte {
	out := make([]byte, 0, len(text)+16)
	inside, escape := false, false
	for _, c := range text {
		switch {
		case escape:
			escape = false
		case c == '\\':
			escape = inside
		case c == '"':
			inside = !inside
		case inside && c == '\n':
			out = append(out, `\n`...)
			continue
		case inside && c == '\t':
			out = append(out, `\t`...)
			continue
		case inside && c == '\r':
			out = append(out, `\r`...)
			continue
		}
		out = append(out, c)
	}
	return out
}
