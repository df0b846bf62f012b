package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// Team groups people and channels.
type Team struct {
	ID                  id.ID   `json:"id"`
	CreateAt            int64   `json:"create_at"`
	UpdateAt            int64   `json:"update_at"`
	DeleteAt            int64   `json:"delete_at"`
	DisplayName         string  `json:"display_name"`
	Name                string  `json:"name"`
	Description         string  `json:"description"`
	Email               string  `json:"email"`
	Type                string  `json:"type"`
	CompanyName         string  `json:"company_name"`
	AllowedDomains      string  `json:"allowed_domains"`
	InviteID            string  `json:"invite_id"`
	AllowOpenInvite     bool    `json:"allow_open_invite"`
	LastTeamIconUpdate  int64   `json:"last_team_icon_update,omitempty"`
	SchemeID            *string `json:"scheme_id"`
	GroupConstrained    *bool   `json:"group_constrained"`
	PolicyID            *string `json:"policy_id"`
	CloudLimitsArchived bool    `json:"cloud_limits_archived"`
}

// TeamPatch changes what is not null.
type TeamPatch struct {
	DisplayName         *string `json:"display_name"`
	Description         *string `json:"description"`
	CompanyName         *string `json:"company_name"`
	AllowedDomains      *string `json:"allowed_domains"`
	AllowOpenInvite     *bool   `json:"allow_open_invite"`
	GroupConstrained    *bool   `json:"group_constrained"`
	CloudLimitsArchived *bool   `json:"cloud_limits_archived"`
}

// TeamMember is a user in a team.
type TeamMember struct {
	TeamID        id.ID  `json:"team_id"`
	UserID        id.ID  `json:"user_id"`
	Roles         string `json:"roles"`
	DeleteAt      int64  `json:"delete_at"`
	SchemeGuest   bool   `json:"scheme_guest"`
	SchemeUser    bool   `json:"scheme_user"`
	SchemeAdmin   bool   `json:"scheme_admin"`
	ExplicitRoles string `json:"explicit_roles"`
}

// TeamMemberWithError is one row of a batch in which some may fail.
type TeamMemberWithError struct {
	UserID id.ID       `json:"user_id"`
	Member *TeamMember `json:"member"`
	Error  *Error      `json:"error"`
}

// TeamUnread counts what a user hasn't read in a team.
type TeamUnread struct {
	TeamID                   id.ID `json:"team_id"`
	MsgCount                 int64 `json:"msg_count"`
	MentionCount             int64 `json:"mention_count"`
	MentionCountRoot         int64 `json:"mention_count_root"`
	MsgCountRoot             int64 `json:"msg_count_root"`
	ThreadCount              int64 `json:"thread_count"`
	ThreadMentionCount       int64 `json:"thread_mention_count"`
	ThreadUrgentMentionCount int64 `json:"thread_urgent_mention_count"`
}

// TeamStats counts a team's members.
type TeamStats struct {
	TeamID            id.ID `json:"team_id"`
	TotalMemberCount  int64 `json:"total_member_count"`
	ActiveMemberCount int64 `json:"active_member_count"`
}
