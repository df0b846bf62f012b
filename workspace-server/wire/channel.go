package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Channel is a room for posts: public (O), private (P), direct (D) or group (G).
type Channel struct {
	ID                  id.ID           `json:"id"`
	CreateAt            int64           `json:"create_at"`
	UpdateAt            int64           `json:"update_at"`
	DeleteAt            int64           `json:"delete_at"`
	TeamID              id.ID           `json:"team_id"`
	Type                string          `json:"type"`
	DisplayName         string          `json:"display_name"`
	Name                string          `json:"name"`
	Header              string          `json:"header"`
	Purpose             string          `json:"purpose"`
	LastPostAt          int64           `json:"last_post_at"`
	TotalMsgCount       int64           `json:"total_msg_count"`
	ExtraUpdateAt       int64           `json:"extra_update_at"`
	CreatorID           id.ID           `json:"creator_id"`
	SchemeID            *string         `json:"scheme_id"`
	Props               map[string]any  `json:"props"`
	GroupConstrained    *bool           `json:"group_constrained"`
	AutoTranslation     bool            `json:"autotranslation"`
	Shared              *bool           `json:"shared"`
	TotalMsgCountRoot   int64           `json:"total_msg_count_root"`
	PolicyID            *string         `json:"policy_id"`
	LastRootPostAt      int64           `json:"last_root_post_at"`
	BannerInfo          *ChannelBanner  `json:"banner_info"`
	PolicyEnforced      bool            `json:"policy_enforced"`
	PolicyActions       map[string]bool `json:"policy_actions,omitempty"`
	PolicyIsActive      bool            `json:"policy_is_active"`
	DefaultCategoryName string          `json:"default_category_name"`
	ManagedCategoryName string          `json:"managed_category_name"`
	Discoverable        bool            `json:"discoverable"`
}

// ChannelBanner is a strip of text above a channel.
type ChannelBanner struct {
	Enabled         *bool   `json:"enabled"`
	Text            *string `json:"text"`
	BackgroundColor *string `json:"background_color"`
}

// ChannelPatch changes what is not null.
type ChannelPatch struct {
	DisplayName         *string        `json:"display_name"`
	Name                *string        `json:"name"`
	Header              *string        `json:"header"`
	Purpose             *string        `json:"purpose"`
	GroupConstrained    *bool          `json:"group_constrained"`
	BannerInfo          *ChannelBanner `json:"banner_info"`
	AutoTranslation     *bool          `json:"autotranslation"`
	ManagedCategoryName *string        `json:"managed_category_name"`
	DefaultCategoryName *string        `json:"default_category_name"`
	Discoverable        *bool          `json:"discoverable"`
}

// ChannelSearch says which channels are looked for, of all teams. Page and PerPage ask for a part of them.
type ChannelSearch struct {
	Term                               string  `json:"term"`
	ExcludeDefaultChannels             bool    `json:"exclude_default_channels"`
	NotAssociatedToGroup               string  `json:"not_associated_to_group"`
	TeamIDs                            []id.ID `json:"team_ids"`
	GroupConstrained                   bool    `json:"group_constrained"`
	ExcludeGroupConstrained            bool    `json:"exclude_group_constrained"`
	ExcludePolicyConstrained           bool    `json:"exclude_policy_constrained"`
	Public                             bool    `json:"public"`
	Private                            bool    `json:"private"`
	IncludeDeleted                     bool    `json:"include_deleted"`
	IncludeSearchByID                  bool    `json:"include_search_by_id"`
	ExcludeRemote                      bool    `json:"exclude_remote"`
	Deleted                            bool    `json:"deleted"`
	Page                               *int    `json:"page,omitempty"`
	PerPage                            *int    `json:"per_page,omitempty"`
	AccessControlPolicyEnforced        bool    `json:"access_control_policy_enforced"`
	ExcludeAccessControlPolicyEnforced bool    `json:"exclude_access_control_policy_enforced"`
	ParentAccessControlPolicyID        string  `json:"parent_access_control_policy_id"`
}

// ChannelWithTeam is a channel where channels of several teams are listed.
type ChannelWithTeam struct {
	Channel
	TeamDisplayName string `json:"team_display_name"`
	TeamName        string `json:"team_name"`
	TeamUpdateAt    int64  `json:"team_update_at"`
}

// ChannelsWithCount is a part of the channels that were found, and how many there are.
type ChannelsWithCount struct {
	Channels   []*ChannelWithTeam `json:"channels"`
	TotalCount int64              `json:"total_count"`
}

// GroupMessageConversion says what private channel a group message becomes.
type GroupMessageConversion struct {
	ChannelID   id.ID  `json:"channel_id"`
	TeamID      id.ID  `json:"team_id"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
}

// SetChannelMembers is who should be in a channel. Without ChannelAdmins everybody keeps the role that they have.
type SetChannelMembers struct {
	Members       []id.ID  `json:"members"`
	ChannelAdmins *[]id.ID `json:"channel_admins"`
}

// SetChannelMembersDone is what was done of that, batch by batch.
type SetChannelMembersDone struct {
	Added    []id.ID                  `json:"added"`
	Removed  []id.ID                  `json:"removed"`
	Promoted []id.ID                  `json:"promoted,omitempty"`
	Demoted  []id.ID                  `json:"demoted,omitempty"`
	Errors   []SetChannelMembersError `json:"errors,omitempty"`
}

// SetChannelMembersError is why it could not be done for somebody.
type SetChannelMembersError struct {
	UserID id.ID  `json:"user_id"`
	ID     string `json:"id"`
	Error  string `json:"error"`
}

// ChannelMember is a user in a channel and how far they have read. MsgCount is how much of the channel's
// TotalMsgCount is read.
type ChannelMember struct {
	ChannelID               id.ID     `json:"channel_id"`
	UserID                  id.ID     `json:"user_id"`
	Roles                   string    `json:"roles"`
	LastViewedAt            int64     `json:"last_viewed_at"`
	MsgCount                int64     `json:"msg_count"`
	MentionCount            int64     `json:"mention_count"`
	MentionCountRoot        int64     `json:"mention_count_root"`
	UrgentMentionCount      int64     `json:"urgent_mention_count"`
	MsgCountRoot            int64     `json:"msg_count_root"`
	NotifyProps             StringMap `json:"notify_props"`
	LastUpdateAt            int64     `json:"last_update_at"`
	SchemeGuest             bool      `json:"scheme_guest"`
	SchemeUser              bool      `json:"scheme_user"`
	SchemeAdmin             bool      `json:"scheme_admin"`
	ExplicitRoles           string    `json:"explicit_roles"`
	AutoTranslationDisabled bool      `json:"autotranslation_disabled"`
}

// ChannelMemberWithTeam is a membership beside the team of its channel, empty for direct and group messages.
type ChannelMemberWithTeam struct {
	*ChannelMember
	TeamDisplayName string `json:"team_display_name"`
	TeamName        string `json:"team_name"`
	TeamUpdateAt    int64  `json:"team_update_at"`
}

// ChannelUnread counts what a user hasn't read in a channel.
type ChannelUnread struct {
	TeamID             id.ID `json:"team_id"`
	ChannelID          id.ID `json:"channel_id"`
	MsgCount           int64 `json:"msg_count"`
	MentionCount       int64 `json:"mention_count"`
	MentionCountRoot   int64 `json:"mention_count_root"`
	UrgentMentionCount int64 `json:"urgent_mention_count"`
	MsgCountRoot       int64 `json:"msg_count_root"`
}

// ChannelUnreadAt is a membership after it was taken back to a post.
type ChannelUnreadAt struct {
	TeamID             id.ID `json:"team_id"`
	UserID             id.ID `json:"user_id"`
	ChannelID          id.ID `json:"channel_id"`
	MsgCount           int64 `json:"msg_count"`
	MentionCount       int64 `json:"mention_count"`
	MentionCountRoot   int64 `json:"mention_count_root"`
	UrgentMentionCount int64 `json:"urgent_mention_count"`
	MsgCountRoot       int64 `json:"msg_count_root"`
	LastViewedAt       int64 `json:"last_viewed_at"`
}

// ChannelView says which channel a user looks at now.
type ChannelView struct {
	ChannelID                 string `json:"channel_id"`
	PrevChannelID             string `json:"prev_channel_id"`
	CollapsedThreadsSupported bool   `json:"collapsed_threads_supported"`
}

// ChannelViewResponse is when each channel was last viewed.
type ChannelViewResponse struct {
	Status            string          `json:"status"`
	LastViewedAtTimes map[id.ID]int64 `json:"last_viewed_at_times"`

	Read map[id.ID]bool `json:"-"` // of which something was unread, and whether it concerned the user
}

// ChannelStats counts what a channel has.
type ChannelStats struct {
	ChannelID       id.ID `json:"channel_id"`
	MemberCount     int64 `json:"member_count"`
	GuestCount      int64 `json:"guest_count"`
	PinnedPostCount int64 `json:"pinnedpost_count"`
	FilesCount      int64 `json:"files_count"`
}

// SidebarCategory is a heading in a user's list of channels.
type SidebarCategory struct {
	ID          string  `json:"id"`
	UserID      id.ID   `json:"user_id"`
	TeamID      id.ID   `json:"team_id"`
	SortOrder   int64   `json:"sort_order"`
	Sorting     string  `json:"sorting"`
	Type        string  `json:"type"`
	DisplayName string  `json:"display_name"`
	Muted       bool    `json:"muted"`
	Collapsed   bool    `json:"collapsed"`
	Channels    []id.ID `json:"channel_ids"`
}

// SidebarCategories is a user's list of channels in a team, in order.
type SidebarCategories struct {
	Categories []SidebarCategory `json:"categories"`
	Order      []string          `json:"order"`
}

// RawProps is a free-form JSON object, kept as it came.
type RawProps = json.RawMessage
