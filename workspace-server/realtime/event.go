// Package realtime owns the web sockets: who is connected, which events reach whom, in what order, and how a
// connection resumes after a break without losing one. It never decides what an event says, and keeps nothing that
// the database couldn't tell again.
package realtime

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Name is the kind of an event, fixed by the protocol.
type Name string

// The events that this server sends, in the order of docs/workspace-api.md.
const (
	Hello                  Name = "hello"
	Posted                 Name = "posted"
	EphemeralMessage       Name = "ephemeral_message"
	PostEdited             Name = "post_edited"
	PostDeleted            Name = "post_deleted"
	PostUnread             Name = "post_unread"
	ReactionAdded          Name = "reaction_added"
	ReactionRemoved        Name = "reaction_removed"
	Typing                 Name = "typing"
	StatusChange           Name = "status_change"
	ChannelsViewed         Name = "multiple_channels_viewed"
	ChannelCreated         Name = "channel_created"
	ChannelUpdated         Name = "channel_updated"
	ChannelConverted       Name = "channel_converted"
	ChannelRestored        Name = "channel_restored"
	ChannelDeleted         Name = "channel_deleted"
	ChannelMemberMoved     Name = "channel_member_updated"
	DirectAdded            Name = "direct_added"
	GroupAdded             Name = "group_added"
	UserAdded              Name = "user_added"
	UserRemoved            Name = "user_removed"
	AddedToTeam            Name = "added_to_team"
	LeaveTeam              Name = "leave_team"
	UpdateTeam             Name = "update_team"
	DeleteTeam             Name = "delete_team"
	RestoreTeam            Name = "restore_team"
	MemberRoleUpdated      Name = "memberrole_updated"
	NewUser                Name = "new_user"
	UserUpdated            Name = "user_updated"
	UserRoleUpdated        Name = "user_role_updated"
	UserActivation         Name = "user_activation_status_change"
	ThreadUpdated          Name = "thread_updated"
	ThreadFollowChanged    Name = "thread_follow_changed"
	ThreadReadChanged      Name = "thread_read_changed"
	EmojiAdded             Name = "emoji_added"
	DraftCreated           Name = "draft_created"
	DraftUpdated           Name = "draft_updated"
	DraftDeleted           Name = "draft_deleted"
	AcknowledgementAdded   Name = "post_acknowledgement_added"
	AcknowledgementRemoved Name = "post_acknowledgement_removed"
	BookmarkCreated        Name = "channel_bookmark_created"
	BookmarkUpdated        Name = "channel_bookmark_updated"
	BookmarkDeleted        Name = "channel_bookmark_deleted"
	BookmarksSorted        Name = "channel_bookmark_sorted"
	ScheduledPostCreated   Name = "scheduled_post_created"
	ScheduledPostUpdated   Name = "scheduled_post_updated"
	ScheduledPostDeleted   Name = "scheduled_post_deleted"
	CategoryCreated        Name = "sidebar_category_created"
	CategoryUpdated        Name = "sidebar_category_updated"
	CategoryDeleted        Name = "sidebar_category_deleted"
	CategoriesOrdered      Name = "sidebar_category_order_updated"
	PreferencesChanged     Name = "preferences_changed"
	PreferencesDeleted     Name = "preferences_deleted"
	OpenDialog             Name = "open_dialog"
	ConfigChanged          Name = "config_changed"
	AttributeCreated       Name = "custom_profile_attributes_field_created"
	AttributeUpdated       Name = "custom_profile_attributes_field_updated"
	AttributeDeleted       Name = "custom_profile_attributes_field_deleted"
	GroupReceived          Name = "received_group"
	GroupMemberAdded       Name = "group_member_add"
	GroupMemberDeleted     Name = "group_member_deleted"
	AttributeValuesUpdated Name = "custom_profile_attributes_values_updated"
)

// droppable events may be left out for a connection that doesn't keep up; the next one tells the same or nobody
// misses it.
func (n Name) droppable() bool {
	return n == Typing || n == StatusChange || n == ChannelsViewed
}

// Event is something that happened, and whom to tell. An empty audience means everyone who is signed in.
type Event struct {
	Name Name
	Data any // a struct or map that becomes a JSON object
	To   wire.Broadcast
	// Guests, if it is not nil, are the guests who are told; others are as To says.
	Guests []id.ID
	// Personal adds members to Data for single users: the value is the inside of a JSON object, `"mentions":"[]"`.
	Personal map[id.ID]string
}

type encoded struct {
	event *Event
	data  []byte
	tail  []byte // `,"broadcast":{...},"seq":`
	plain frame
}

func encode(event *Event) (*encoded, error) {
	data, err := json.Marshal(event.Data)
	if err != nil {
		return nil, err
	}
	return encoding(event, data)
}

// encoding is an event whose data is encoded already.
func encoding(event *Event, data []byte) (*encoded, error) {
	to, err := json.Marshal(event.To)
	if err != nil {
		return nil, err
	}
	e := &encoded{event: event, data: data}
	e.tail = append(append([]byte(`,"broadcast":`), to...), `,"seq":`...)
	return e, nil
}

// forUser is the frame for one user. Users without anything personal share one.
func (e *encoded) forUser(user id.ID) frame {
	if extra := e.event.Personal[user]; extra != "" {
		return e.frame(extra)
	}
	if e.plain == nil {
		e.plain = e.frame("")
	}
	return e.plain
}

func (e *encoded) frame(extra string) frame {
	f := make([]byte, 0, len(e.data)+len(e.tail)+len(extra)+32)
	f = append(f, `{"event":"`...)
	f = append(f, e.event.Name...)
	f = append(f, `","data":`...)
	if extra == "" {
		f = append(f, e.data...)
	} else {
		f = append(f, e.data[:len(e.data)-1]...)
		if len(e.data) > 2 {
			f = append(f, ',')
		}
		f = append(f, extra...)
		f = append(f, '}')
	}
	return append(f, e.tail...)
}

// Text is a value as JSON inside a JSON string, which is how the protocol nests objects in events.
func Text(v any) string {
	text, err := wire.JSON(v)
	if err != nil {
		panic(err) // wire types always encode
	}
	return string(text)
}
