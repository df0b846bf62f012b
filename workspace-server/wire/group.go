package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// CustomGroup is the source of groups that people make themselves.
const CustomGroup = "custom"

// Group is users under a name by which they are mentioned together.
type Group struct {
	ID                          id.ID   `json:"id"`
	Name                        string  `json:"name,omitempty"`
	DisplayName                 string  `json:"display_name"`
	Description                 string  `json:"description"`
	Source                      string  `json:"source"`
	RemoteID                    *string `json:"remote_id"`
	CreateAt                    int64   `json:"create_at"`
	UpdateAt                    int64   `json:"update_at"`
	DeleteAt                    int64   `json:"delete_at"`
	HasSyncables                bool    `json:"has_syncables"`
	MemberCount                 *int64  `json:"member_count,omitempty"`
	AllowReference              bool    `json:"allow_reference"`
	ChannelMemberCount          *int64  `json:"channel_member_count,omitempty"`
	ChannelMemberTimezonesCount *int64  `json:"channel_member_timezones_count,omitempty"`
	MemberIDs                   []id.ID `json:"member_ids"`
}

// GroupWithUserIDs is a group that is to be made, and of whom.
type GroupWithUserIDs struct {
	Group
	UserIDs []id.ID `json:"user_ids"`
}

// GroupPatch changes what is not null.
type GroupPatch struct {
	Name           *string `json:"name"`
	DisplayName    *string `json:"display_name"`
	Description    *string `json:"description"`
	AllowReference *bool   `json:"allow_reference"`
}

// GroupModifyMembers are users who are put into a group, or taken out.
type GroupModifyMembers struct {
	UserIDs []id.ID `json:"user_ids"`
}

// GroupMember is a user in a group.
type GroupMember struct {
	GroupID  id.ID `json:"group_id"`
	UserID   id.ID `json:"user_id"`
	CreateAt int64 `json:"create_at"`
	DeleteAt int64 `json:"delete_at"`
}

// GroupMemberList is a page of who is in a group.
type GroupMemberList struct {
	Members []User `json:"members"`
	Count   int64  `json:"total_member_count"`
}

// GroupStats says how many are in a group.
type GroupStats struct {
	GroupID          id.ID `json:"group_id"`
	TotalMemberCount int64 `json:"total_member_count"`
}

// ChannelMemberCountByGroup says how many of a group are in a channel.
type ChannelMemberCountByGroup struct {
	GroupID                     id.ID `json:"group_id"`
	ChannelMemberCount          int64 `json:"channel_member_count"`
	ChannelMemberTimezonesCount int64 `json:"channel_member_timezones_count"`
}

// LinkedGroups are those that decide who is in a team or channel.
type LinkedGroups struct {
	Groups []Group `json:"groups"`
	Count  int     `json:"total_group_count"`
}

// GroupsByChannel are those that decide who is in each channel of a team.
type GroupsByChannel struct {
	Groups map[id.ID][]Group `json:"groups"`
}
