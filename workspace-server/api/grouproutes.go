package api

import "github.com/longhouse-dev/longhouse/workspace-server/roles"

// groups are the routes of groups that people make themselves. Whoever is signed in may know which there are; no group decides who is in a team or channel.
func (a *API) groups() []Route {
	return []Route{
		{get, "/groups", signedIn, a.listGroups, 0},
		{post, "/groups", system(roles.CreateGroup), a.createGroup, 0},
		{post, "/groups/names", signedIn, a.groupsByNames, 0},
		{get, "/groups/{group_id}", signedIn, a.group, 0},
		{put, "/groups/{group_id}/patch", system(roles.EditGroup), a.patchGroup, 0},
		{remove, "/groups/{group_id}", system(roles.DeleteGroup), onGroup(a.Groups.Delete), 0},
		{post, "/groups/{group_id}/restore", system(roles.RestoreGroup), onGroup(a.Groups.Restore), 0},
		{get, "/groups/{group_id}/stats", signedIn, a.groupStats, 0},
		{get, "/groups/{group_id}/members", signedIn, a.groupMembers, 0},
		{post, "/groups/{group_id}/members", system(roles.ManageGroupMembers), onGroupMembers(a.Groups.Add), 0},
		{remove, "/groups/{group_id}/members", system(roles.ManageGroupMembers), onGroupMembers(a.Groups.Remove), 0},
		{get, "/users/{user_id}/groups", self, a.groupsOfUser, 0},
		{get, "/channels/{channel_id}/groups", inChannel(roles.ReadChannel), noLinkedGroups, 0},
		{get, "/teams/{team_id}/groups", inTeam(roles.ViewTeam), noLinkedGroups, 0},
		{get, "/teams/{team_id}/groups_by_channels", inTeam(roles.ViewTeam), noGroupsByChannel, 0},
	}
}
