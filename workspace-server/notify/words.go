package notify

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	direct      = "D"  // the type of direct messages
	longestPush = 1000 // characters of a post's text: what carries it takes 4 KiB
	longestName = 64   // characters of whom a program says that it is, which may be of any length
	longestIcon = 1024 // bytes of an address
	version     = "v2" // of the protocol between us and phones
	canReply    = "CAN_REPLY"
)

// said is who speaks in a post.
type said struct {
	name             string // as people read it
	OverrideUsername string `json:"override_username"`
	OverrideIconURL  string `json:"override_icon_url"`
	FromWebhook      string `json:"from_webhook"`
}

// speaker is the author, or whom a program says that it is.
func speaker(p dbsql.Post, author string) (s said) {
	_ = json.Unmarshal(p.Props, &s) // what is no text says nothing
	s.name = "@" + author
	if s.FromWebhook != "true" {
		return said{name: s.name}
	}
	s.OverrideUsername = cut(s.OverrideUsername, longestName)
	if len(s.OverrideIconURL) > longestIcon {
		s.OverrideIconURL = ""
	}
	if s.OverrideUsername != "" {
		s.name = s.OverrideUsername
	}
	return s
}

// text is what a post says, in a line where it says nothing by words.
func text(p dbsql.Post) string {
	switch {
	case p.Message != "":
		return p.Message
	case p.HasFiles:
		return "(a file)"
	}
	return "(an attachment)"
}

// message is what a phone is told of a post, before it is known which.
func (c *Crier) message(p dbsql.Post, in dbsql.Channel, author string, contents config.Contents) wire.PushNotification {
	n := wire.PushNotification{Type: "message", Version: version, ServerID: c.Identity.DiagnosticID, Category: canReply, IsCRTEnabled: true,
		PostID: p.ID, ChannelID: p.ChannelID, RootID: p.RootID, TeamID: in.TeamID}
	if contents == config.IDLoaded {
		n.IsIDLoaded, n.Message = true, "You have a new message."
		return n
	}
	who := speaker(p, author)
	n.SenderID, n.SenderName, n.FromWebhook = p.UserID, who.name, who.FromWebhook
	n.OverrideUsername, n.OverrideIconURL = who.OverrideUsername, who.OverrideIconURL
	n.ChannelName = in.DisplayName
	if in.Type == direct {
		n.ChannelName = who.name
	}
	switch {
	case contents == config.GenericNoChannel:
		n.ChannelName, n.Message = "", who.name+" sent a message."
	case contents == config.Generic && in.Type == direct:
		n.Message = who.name + " sent you a message."
	case contents == config.Generic:
		n.Message = who.name + " posted in " + in.DisplayName + "."
	case in.Type == direct:
		n.Message = short(text(p))
	default:
		n.Message = who.name + ": " + short(text(p))
	}
	return n
}

func short(s string) string { return cut(s, longestPush) }

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
