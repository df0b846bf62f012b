package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Post is a message in a channel.
type Post struct {
	ID            id.ID           `json:"id"`
	CreateAt      int64           `json:"create_at"`
	UpdateAt      int64           `json:"update_at"`
	EditAt        int64           `json:"edit_at"`
	DeleteAt      int64           `json:"delete_at"`
	IsPinned      bool            `json:"is_pinned"`
	UserID        id.ID           `json:"user_id"`
	ChannelID     id.ID           `json:"channel_id"`
	RootID        id.ID           `json:"root_id"`
	OriginalID    id.ID           `json:"original_id"`
	Message       string          `json:"message"`
	MessageSource string          `json:"message_source,omitempty"`
	Type          string          `json:"type"`
	Props         json.RawMessage `json:"props"`
	Hashtags      string          `json:"hashtags"`
	FileIDs       []id.ID         `json:"file_ids"`
	PendingPostID string          `json:"pending_post_id"`
	HasReactions  bool            `json:"has_reactions,omitempty"`
	RemoteID      *string         `json:"remote_id,omitempty"`
	ReplyCount    int64           `json:"reply_count"`
	LastReplyAt   int64           `json:"last_reply_at"`
	Participants  []*User         `json:"participants"`
	IsFollowing   *bool           `json:"is_following,omitempty"`
	Metadata      *PostMetadata   `json:"metadata,omitempty"`

	ParticipantIDs []id.ID `json:"-"` // of a root: who has replied, that who did last at the end
}

// PostEphemeral is a post for one user alone.
type PostEphemeral struct {
	UserID id.ID `json:"user_id"`
	Post   *Post `json:"post"`
}

// PostPatch changes what is not null.
type PostPatch struct {
	IsPinned     *bool            `json:"is_pinned"`
	Message      *string          `json:"message"`
	Props        *json.RawMessage `json:"props"`
	FileIDs      *[]id.ID         `json:"file_ids"`
	HasReactions *bool            `json:"has_reactions"`
}

// PostList is posts and their order, newest first. Posts may hold roots that Order doesn't name.
type PostList struct {
	Order                     []id.ID         `json:"order"`
	Posts                     map[id.ID]*Post `json:"posts"`
	NextPostID                id.ID           `json:"next_post_id"` // newer than the list; none at its end
	PrevPostID                id.ID           `json:"prev_post_id"` // older than the list; none at its start
	HasNext                   *bool           `json:"has_next,omitempty"`
	FirstInaccessiblePostTime int64           `json:"first_inaccessible_post_time"`
}

// PostSearchResults is what a search has found. Matches, the words that fit in each post, is for engines that tell them.
type PostSearchResults struct {
	PostList
	Matches map[id.ID][]string `json:"matches"`
}

// PostMetadata is what a client needs beside the text to draw a post.
type PostMetadata struct {
	Embeds            []*PostEmbed                `json:"embeds,omitempty"`
	Emojis            []*Emoji                    `json:"emojis,omitempty"`
	Files             []*FileInfo                 `json:"files,omitempty"`
	RedactedFileCount int                         `json:"redacted_file_count,omitempty"`
	Images            PostImages                  `json:"images,omitempty"`
	Reactions         []*Reaction                 `json:"reactions,omitempty"`
	Priority          *PostPriority               `json:"priority,omitempty"`
	Acknowledgements  []*PostAcknowledgement      `json:"acknowledgements,omitempty"`
	Translations      map[string]*PostTranslation `json:"translations,omitempty"`
	ExpireAt          int64                       `json:"expire_at,omitempty"`
	Recipients        []string                    `json:"recipients,omitempty"`
}

// PostEmbed is something shown under a post.
type PostEmbed struct {
	Type string `json:"type"`
	URL  string `json:"url,omitempty"`
	Data any    `json:"data,omitempty"`
}

// PostImage is how large a linked image is, so that clients reserve its room.
type PostImage struct {
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Format     string `json:"format"`
	FrameCount int    `json:"frame_count"`
}

// PostPriority marks a root post as important or urgent.
type PostPriority struct {
	Priority                *string `json:"priority"`
	RequestedAck            *bool   `json:"requested_ack"`
	PersistentNotifications *bool   `json:"persistent_notifications"`
}

// PostAcknowledgement says that someone has seen a post that asked for it.
type PostAcknowledgement struct {
	UserID         id.ID   `json:"user_id"`
	PostID         id.ID   `json:"post_id"`
	AcknowledgedAt int64   `json:"acknowledged_at"`
	ChannelID      id.ID   `json:"channel_id"`
	RemoteID       *string `json:"remote_id,omitempty"`
}

// PostTranslation is a post in another language.
type PostTranslation struct {
	Object     json.RawMessage `json:"object,omitempty"`
	Text       string          `json:"text,omitempty"`
	Type       string          `json:"type"`
	State      string          `json:"state"`
	SourceLang string          `json:"source_lang,omitempty"`
}

// Emoji is a custom emoji.
type Emoji struct {
	ID        id.ID  `json:"id"`
	CreateAt  int64  `json:"create_at"`
	UpdateAt  int64  `json:"update_at"`
	DeleteAt  int64  `json:"delete_at"`
	CreatorID id.ID  `json:"creator_id"`
	Name      string `json:"name"`
}

// Reaction is one user's emoji on a post.
type Reaction struct {
	UserID    id.ID   `json:"user_id"`
	PostID    id.ID   `json:"post_id"`
	EmojiName string  `json:"emoji_name"`
	CreateAt  int64   `json:"create_at"`
	UpdateAt  int64   `json:"update_at"`
	DeleteAt  int64   `json:"delete_at"`
	RemoteID  *string `json:"remote_id"`
	ChannelID id.ID   `json:"channel_id"`
}

// PostInfo tells someone who follows a permalink where it leads.
type PostInfo struct {
	ChannelID          id.ID  `json:"channel_id"`
	ChannelType        string `json:"channel_type"`
	ChannelDisplayName string `json:"channel_display_name"`
	HasJoinedChannel   bool   `json:"has_joined_channel"`
	TeamID             id.ID  `json:"team_id"`
	TeamType           string `json:"team_type"`
	TeamDisplayName    string `json:"team_display_name"`
	HasJoinedTeam      bool   `json:"has_joined_team"`
}
