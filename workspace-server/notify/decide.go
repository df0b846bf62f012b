package notify

import (
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// facts are what is known of a post and somebody in its channel who did not write it.
type facts struct {
	props, member wire.StringMap // what they have said of being told, anywhere and in the channel
	mentioned     bool           // as by everything that others say in direct and group messages
	reply         bool
	follows       bool // the thread
	forced        bool // they have just asked for it
	status        string
	looking       bool // at the channel
}

// means are by what somebody is told of a post, beside their connected clients.
type means struct{ push, mail bool }

// decide copies what the original's documentation says: who is muted, or doesn't disturb, hears nothing on a phone; mail waits for its reader, and so goes
// also to who doesn't want to be disturbed, but not to who is there.
func decide(f facts) means {
	if f.forced {
		return means{push: true}
	}
	if f.member["mark_unread"] == "mention" {
		return means{}
	}
	return means{push: f.pushed() && f.allowsPush(), mail: f.mailed() && f.status != realtime.Online}
}

// pushed says whether a phone should tell them, whatever they do now. Of replies those are told who follow the thread, or are mentioned, and not who
// wants to be told of everything in the channel.
func (f facts) pushed() bool {
	switch f.word("push", "mention") {
	case "none":
		return false
	case "all":
		if !f.reply {
			return true
		}
	}
	return f.mentioned || f.follows && f.word("push_threads", "all") == "all"
}

// allowsPush says whether what they do now lets a phone tell them.
func (f facts) allowsPush() bool {
	if f.status == realtime.DND || f.looking {
		return false
	}
	switch f.word("push_status", realtime.Online) {
	case realtime.Offline:
		return f.status == realtime.Offline
	case realtime.Away:
		return f.status != realtime.Online
	}
	return true
}

func (f facts) mailed() bool {
	return f.word("email", "true") == "true" && (f.mentioned || f.follows && f.word("email_threads", "all") == "all")
}

// word is what they said of something: in the channel, or else anywhere, or else what everybody is taken to say.
func (f facts) word(name, usual string) string {
	for _, said := range []wire.StringMap{f.member, f.props} {
		if v := said[name]; v != "" && v != "default" {
			return v
		}
	}
	return usual
}
