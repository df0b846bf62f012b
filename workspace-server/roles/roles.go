// Package roles owns who may do what: the permissions, the built-in roles that bundle them, and the check. It never
// reads the database; callers say which roles somebody has where.
package roles

import (
	"crypto/sha256"
	_ "embed"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Permission is one thing that a role may do, named as the protocol names it.
type Permission string

// The permissions that this server asks for.
const (
	ManageSystem                  Permission = "manage_system"
	EditOtherUsers                Permission = "edit_other_users"
	CreateTeam                    Permission = "create_team"
	ListPublicTeams               Permission = "list_public_teams"
	ListPrivateTeams              Permission = "list_private_teams"
	JoinPublicTeams               Permission = "join_public_teams"
	ViewTeam                      Permission = "view_team"
	ManageTeam                    Permission = "manage_team"
	ManageTeamRoles               Permission = "manage_team_roles"
	AddUserToTeam                 Permission = "add_user_to_team"
	InviteUser                    Permission = "invite_user"
	InviteGuest                   Permission = "invite_guest"
	DemoteToGuest                 Permission = "demote_to_guest"
	PromoteGuest                  Permission = "promote_guest"
	InvalidateInvitations         Permission = "invalidate_email_invite"
	RemoveUserFromTeam            Permission = "remove_user_from_team"
	ListTeamChannels              Permission = "list_team_channels"
	JoinPublicChannels            Permission = "join_public_channels"
	ReadPublicChannel             Permission = "read_public_channel"
	CreatePublicChannel           Permission = "create_public_channel"
	CreatePrivateChannel          Permission = "create_private_channel"
	CreateDirectChannel           Permission = "create_direct_channel"
	CreateGroupChannel            Permission = "create_group_channel"
	ReadChannel                   Permission = "read_channel"
	ReadChannelContent            Permission = "read_channel_content"
	ManagePublicChannelProperties Permission = "manage_public_channel_properties"
	ManagePrivateProperties       Permission = "manage_private_channel_properties"
	ManagePublicChannelMembers    Permission = "manage_public_channel_members"
	ManagePrivateChannelMembers   Permission = "manage_private_channel_members"
	ManageChannelRoles            Permission = "manage_channel_roles"
	DeletePublicChannel           Permission = "delete_public_channel"
	DeletePrivateChannel          Permission = "delete_private_channel"
	ConvertPublicToPrivate        Permission = "convert_public_channel_to_private"
	ConvertPrivateToPublic        Permission = "convert_private_channel_to_public"
	CreatePost                    Permission = "create_post"
	CreateEphemeralPost           Permission = "create_post_ephemeral"
	EditPost                      Permission = "edit_post"
	EditOthersPosts               Permission = "edit_others_posts"
	DeletePost                    Permission = "delete_post"
	DeleteOthersPosts             Permission = "delete_others_posts"
	AddReaction                   Permission = "add_reaction"
	RemoveReaction                Permission = "remove_reaction"
	RemoveOthersReactions         Permission = "remove_others_reactions"
	UploadFile                    Permission = "upload_file"
	GetPublicLink                 Permission = "get_public_link"
	AddPublicBookmark             Permission = "add_bookmark_public_channel"
	AddPrivateBookmark            Permission = "add_bookmark_private_channel"
	EditPublicBookmark            Permission = "edit_bookmark_public_channel"
	EditPrivateBookmark           Permission = "edit_bookmark_private_channel"
	DeletePublicBookmark          Permission = "delete_bookmark_public_channel"
	DeletePrivateBookmark         Permission = "delete_bookmark_private_channel"
	OrderPublicBookmarks          Permission = "order_bookmark_public_channel"
	OrderPrivateBookmarks         Permission = "order_bookmark_private_channel"
	CreateEmoji                   Permission = "create_emojis"
	DeleteEmoji                   Permission = "delete_emojis"
	DeleteOthersEmoji             Permission = "delete_others_emojis"
	ManageOwnHooks                Permission = "manage_own_incoming_webhooks"
	ManageOthersHooks             Permission = "manage_others_incoming_webhooks"
	ManageOwnOutgoingHooks        Permission = "manage_own_outgoing_webhooks"
	ManageOthersOutgoingHooks     Permission = "manage_others_outgoing_webhooks"
	ManageOwnCommands             Permission = "manage_own_slash_commands"
	ManageOthersCommands          Permission = "manage_others_slash_commands"
	CreateBot                     Permission = "create_bot"
	ReadOthersBots                Permission = "read_others_bots"
	ManageOthersBots              Permission = "manage_others_bots"
	AssignBot                     Permission = "assign_bot"
	CreateAccessToken             Permission = "create_user_access_token"
	ReadAccessToken               Permission = "read_user_access_token"
	RevokeAccessToken             Permission = "revoke_user_access_token"
	ManageOAuth                   Permission = "manage_oauth"
	ManageSystemWideOAuth         Permission = "manage_system_wide_oauth"
	UseChannelMentions            Permission = "use_channel_mentions"
	UseGroupMentions              Permission = "use_group_mentions"
	CreateGroup                   Permission = "create_custom_group"
	EditGroup                     Permission = "edit_custom_group"
	DeleteGroup                   Permission = "delete_custom_group"
	RestoreGroup                  Permission = "restore_custom_group"
	ManageGroupMembers            Permission = "manage_custom_group_members"
	ReadIPFilters                 Permission = "sysconsole_read_site_ip_filters"
	WriteIPFilters                Permission = "sysconsole_write_site_ip_filters"
)

// The built-in roles.
const (
	SystemAdmin  = "system_admin"
	SystemUser   = "system_user"
	SystemGuest  = "system_guest"
	SystemTokens = "system_user_access_token" // beside another one
	TeamAdmin    = "team_admin"
	TeamUser     = "team_user"
	TeamGuest    = "team_guest"
	ChannelAdmin = "channel_admin"
	ChannelUser  = "channel_user"
	ChannelGuest = "channel_guest"
)

//go:embed permissions.txt
var everyPermission string

// builtIn is Appendix C of docs/workspace-api.md. A system admin may do everything and needs no list.
var builtIn = map[string]string{
	SystemAdmin: "",
	SystemUser: `list_public_teams join_public_teams create_direct_channel create_group_channel view_members create_team
		create_custom_group edit_custom_group delete_custom_group restore_custom_group manage_custom_group_members manage_own_agent
		create_emojis delete_emojis`,
	SystemGuest:  "create_direct_channel create_group_channel",
	SystemTokens: "create_user_access_token read_user_access_token revoke_user_access_token",
	TeamUser: `list_team_channels join_public_channels read_public_channel view_team create_public_channel
		create_private_channel invite_user add_user_to_team`,
	TeamGuest: "view_team",
	TeamAdmin: `remove_user_from_team manage_team import_team manage_team_roles manage_team_access_rules manage_channel_roles
		manage_own_incoming_webhooks manage_others_incoming_webhooks manage_own_outgoing_webhooks manage_others_outgoing_webhooks
		manage_own_slash_commands manage_others_slash_commands bypass_incoming_webhook_channel_lock
		convert_public_channel_to_private convert_private_channel_to_public delete_post delete_others_posts
		add_bookmark_public_channel edit_bookmark_public_channel delete_bookmark_public_channel order_bookmark_public_channel
		add_bookmark_private_channel edit_bookmark_private_channel delete_bookmark_private_channel order_bookmark_private_channel
		manage_public_channel_banner manage_private_channel_banner manage_channel_access_rules`,
	ChannelUser: `read_channel read_channel_content add_reaction remove_reaction manage_public_channel_members upload_file
		get_public_link create_post use_channel_mentions use_group_mentions manage_public_channel_properties delete_public_channel
		manage_private_channel_properties delete_private_channel manage_private_channel_members delete_post edit_post
		edit_file_attachment add_bookmark_public_channel edit_bookmark_public_channel delete_bookmark_public_channel
		order_bookmark_public_channel add_bookmark_private_channel edit_bookmark_private_channel
		delete_bookmark_private_channel order_bookmark_private_channel`,
	ChannelGuest: `read_channel read_channel_content add_reaction remove_reaction upload_file edit_post create_post
		use_channel_mentions edit_file_attachment`,
	ChannelAdmin: `manage_channel_roles use_group_mentions add_bookmark_public_channel edit_bookmark_public_channel
		delete_bookmark_public_channel order_bookmark_public_channel add_bookmark_private_channel edit_bookmark_private_channel
		delete_bookmark_private_channel order_bookmark_private_channel manage_public_channel_banner manage_private_channel_banner
		manage_channel_access_rules`,
}

// Allow reports whether one of the roles, a space-separated list, has the permission.
func Allow(roles string, want Permission) bool {
	for role := range strings.FieldsSeq(roles) {
		if role == SystemAdmin {
			return true
		}
		for p := range strings.FieldsSeq(builtIn[role]) {
			if p == string(want) {
				return true
			}
		}
	}
	return false
}

// Has reports whether the list names the role.
func Has(roles, role string) bool {
	for r := range strings.FieldsSeq(roles) {
		if r == role {
			return true
		}
	}
	return false
}

// Known reports whether every role of the list exists.
func Known(roles string) bool {
	for r := range strings.FieldsSeq(roles) {
		if _, ok := builtIn[r]; !ok {
			return false
		}
	}
	return true
}

// Named describes the roles of that name, leaving out those that don't exist.
func Named(names []string) []wire.Role {
	out := []wire.Role{}
	for _, name := range names {
		if _, ok := builtIn[name]; ok {
			out = append(out, describe(name))
		}
	}
	return out
}

// All describes every role.
func All() []wire.Role {
	return Named([]string{SystemAdmin, SystemUser, SystemGuest, SystemTokens, TeamAdmin, TeamUser, TeamGuest, ChannelAdmin, ChannelUser, ChannelGuest})
}

func describe(name string) wire.Role {
	permissions := strings.Fields(builtIn[name])
	if name == SystemAdmin {
		permissions = strings.Fields(everyPermission)
	}
	return wire.Role{
		ID: idOf(name), Name: name, DisplayName: "authentication.roles." + name + ".name", Description: "authentication.roles." + name + ".description",
		CreateAt: 1, UpdateAt: 1, Permissions: permissions, SchemeManaged: true, BuiltIn: true,
	}
}

// idOf is the same in every workspace and release: built-in roles have no row that could hold it.
func idOf(name string) (out id.ID) {
	sum := sha256.Sum256([]byte("longhouse role " + name))
	copy(out[:], sum[:])
	return out
}

// Guest reports whether these system roles are a guest's.
func Guest(system string) bool { return Has(system, SystemGuest) }

// InTeam is a team member's roles. A guest is no admin.
func InTeam(admin, guest bool) string {
	switch {
	case guest:
		return TeamGuest
	case admin:
		return TeamUser + " " + TeamAdmin
	}
	return TeamUser
}

// InChannel is a channel member's roles. A guest is no admin.
func InChannel(admin, guest bool) string {
	switch {
	case guest:
		return ChannelGuest
	case admin:
		return ChannelUser + " " + ChannelAdmin
	}
	return ChannelUser
}
