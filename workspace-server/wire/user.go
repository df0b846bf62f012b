package wire

import (
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// User is a person or a bot. How much of it is filled in depends on who looks.
type User struct {
	ID                     id.ID     `json:"id"`
	CreateAt               int64     `json:"create_at,omitempty"`
	UpdateAt               int64     `json:"update_at,omitempty"`
	DeleteAt               int64     `json:"delete_at"`
	Username               string    `json:"username"`
	Password               string    `json:"password,omitempty"`
	AuthData               *string   `json:"auth_data,omitempty"`
	AuthService            string    `json:"auth_service"`
	Email                  string    `json:"email"`
	EmailVerified          bool      `json:"email_verified,omitempty"`
	Nickname               string    `json:"nickname"`
	FirstName              string    `json:"first_name"`
	LastName               string    `json:"last_name"`
	Position               string    `json:"position"`
	Roles                  string    `json:"roles"`
	AllowMarketing         bool      `json:"allow_marketing,omitempty"`
	Props                  StringMap `json:"props,omitempty"`
	NotifyProps            StringMap `json:"notify_props,omitempty"`
	LastPasswordUpdate     int64     `json:"last_password_update,omitempty"`
	LastPictureUpdate      int64     `json:"last_picture_update,omitempty"`
	FailedAttempts         int       `json:"failed_attempts,omitempty"`
	Locale                 string    `json:"locale"`
	Timezone               StringMap `json:"timezone"`
	MfaActive              bool      `json:"mfa_active,omitempty"`
	MfaSecret              string    `json:"mfa_secret,omitempty"`
	RemoteID               *string   `json:"remote_id,omitempty"`
	LastActivityAt         int64     `json:"last_activity_at,omitempty"`
	IsBot                  bool      `json:"is_bot,omitempty"`
	BotDescription         string    `json:"bot_description,omitempty"`
	BotLastIconUpdate      int64     `json:"bot_last_icon_update,omitempty"`
	TermsOfServiceID       string    `json:"terms_of_service_id,omitempty"`
	TermsOfServiceCreateAt int64     `json:"terms_of_service_create_at,omitempty"`
	DisableWelcomeEmail    bool      `json:"disable_welcome_email"`
	LastLogin              int64     `json:"last_login,omitempty"`
	MfaUsedTimestamps      []string  `json:"mfa_used_timestamps,omitempty"`
}

// UserPatch changes what is not null.
type UserPatch struct {
	Username    *string   `json:"username"`
	Password    *string   `json:"password,omitempty"`
	Nickname    *string   `json:"nickname"`
	FirstName   *string   `json:"first_name"`
	LastName    *string   `json:"last_name"`
	Position    *string   `json:"position"`
	Email       *string   `json:"email"`
	Props       StringMap `json:"props,omitempty"`
	NotifyProps StringMap `json:"notify_props,omitempty"`
	Locale      *string   `json:"locale"`
	Timezone    StringMap `json:"timezone"`
	RemoteID    *string   `json:"remote_id"`
}

// UserSearch is the body of a search among users.
type UserSearch struct {
	Term             string   `json:"term"`
	TeamID           id.ID    `json:"team_id"`
	NotInTeamID      id.ID    `json:"not_in_team_id"`
	InChannelID      id.ID    `json:"in_channel_id"`
	NotInChannelID   id.ID    `json:"not_in_channel_id"`
	InGroupID        id.ID    `json:"in_group_id"`
	GroupConstrained bool     `json:"group_constrained"`
	AllowInactive    bool     `json:"allow_inactive"`
	WithoutTeam      bool     `json:"without_team"`
	Limit            int      `json:"limit"`
	Role             string   `json:"role"`
	Roles            []string `json:"roles"`
	ChannelRoles     []string `json:"channel_roles"`
	TeamRoles        []string `json:"team_roles"`
	NotInGroupID     id.ID    `json:"not_in_group_id"`
}

// UserAutocomplete is what may complete a name that someone types.
type UserAutocomplete struct {
	Users        []*User `json:"users"`
	OutOfChannel []*User `json:"out_of_channel,omitempty"`
	Agents       []*User `json:"agents,omitempty"`
}

// UsersStats counts the workspace's users.
type UsersStats struct {
	TotalUsersCount int64 `json:"total_users_count"`
}

// CustomStatus is what somebody says that they are up to.
type CustomStatus struct {
	Emoji     string    `json:"emoji"`
	Text      string    `json:"text"`
	Duration  string    `json:"duration"`   // of a fixed list; empty: until it is taken back
	ExpiresAt time.Time `json:"expires_at"` // zero: never
}

// Status is a user's presence.
type Status struct {
	UserID         id.ID  `json:"user_id"`
	Status         string `json:"status"`
	Manual         bool   `json:"manual"`
	LastActivityAt int64  `json:"last_activity_at"`
	ActiveChannel  string `json:"active_channel,omitempty"`
	DNDEndTime     int64  `json:"dnd_end_time"` // seconds, unlike every other time
}

// Preference is one setting that a client keeps on the server.
type Preference struct {
	UserID   id.ID  `json:"user_id"`
	Category string `json:"category"`
	Name     string `json:"name"`
	Value    string `json:"value"`
}

// Session is one sign-in. Its token is told only to whoever signs in.
type Session struct {
	ID             id.ID         `json:"id"`
	Token          string        `json:"token"`
	CreateAt       int64         `json:"create_at"`
	ExpiresAt      int64         `json:"expires_at"`
	LastActivityAt int64         `json:"last_activity_at"`
	UserID         id.ID         `json:"user_id"`
	DeviceID       string        `json:"device_id"`
	Roles          string        `json:"roles"`
	IsOAuth        bool          `json:"is_oauth"`
	ExpiredNotify  bool          `json:"expired_notify"`
	Props          StringMap     `json:"props"`
	TeamMembers    []*TeamMember `json:"team_members"`
	Local          bool          `json:"local"`
}

// LoginType says how a login name signs in; empty means by password.
type LoginType struct {
	AuthService   string `json:"auth_service"`
	IsDeactivated bool   `json:"is_deactivated,omitempty"`
}

// MfaSecret is what somebody sets up a second factor by: the secret in base32, and a picture of it, a PNG in base64.
type MfaSecret struct {
	Secret string `json:"secret"`
	QRCode string `json:"qr_code"`
}
