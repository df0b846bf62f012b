package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
)

// contents are the routes of what people and programs say, and of what belongs to that.
func (a *API) contents() []Route {
	return []Route{
		{post, "/posts/search", signedIn, a.searchPosts, 0},
		{post, "/teams/{team_id}/posts/search", inTeam(roles.ViewTeam), a.searchPosts, 0},
		{post, "/posts", toBodysChannel, a.createPost, ofChannel},
		{post, "/posts/ephemeral", system(roles.CreateEphemeralPost), a.createEphemeral, 0},
		{post, "/posts/schedule", toBodysChannel, a.schedulePost, ofChannel},
		{put, "/posts/schedule/{scheduled_post_id}", toBodysChannel, a.updateScheduledPost, ofChannel},
		{remove, "/posts/schedule/{scheduled_post_id}", signedIn, a.deleteScheduledPost, 0},
		{get, "/posts/scheduled/team/{team_id}", inTeam(roles.ViewTeam), a.scheduledPosts, 0},
		{post, "/posts/ids", signedIn, a.postsByIDs, 0},
		{post, "/posts/ids/reactions", signedIn, a.reactionsOfPosts, 0},
		{get, "/posts/{post_id}", onPost(roles.ReadChannelContent), a.post, 0},
		{put, "/posts/{post_id}", onPost(roles.EditPost), a.updatePost, 0},
		{put, "/posts/{post_id}/patch", onPost(roles.EditPost), a.updatePost, 0},
		{remove, "/posts/{post_id}", onPost(roles.DeletePost), a.deletePost, 0},
		{post, "/posts/{post_id}/pin", onPost(roles.CreatePost), a.pin(true), 0},
		{post, "/posts/{post_id}/unpin", onPost(roles.CreatePost), a.pin(false), 0},
		{post, "/posts/{post_id}/actions/{action_id}", onPostOrCookie, a.doAction, 0},
		{post, "/actions/dialogs/open", anyone, a.openDialog, 0}, // by its trigger id
		{post, "/actions/dialogs/submit", readsBodysChannel, a.submitDialog, 0},
		{post, "/actions/dialogs/lookup", readsBodysChannel, a.lookupDialog, 0},
		{get, "/posts/{post_id}/thread", onPost(roles.ReadChannelContent), a.thread, 0},
		{get, "/posts/{post_id}/info", onPost(roles.ReadChannelContent), a.postInfo, 0},
		{get, "/posts/{post_id}/edit_history", onPost(roles.EditPost), a.editHistory, 0},
		{get, "/posts/{post_id}/files/info", onPost(roles.ReadChannelContent), a.filesOfPost, 0},
		{get, "/posts/{post_id}/reactions", onPost(roles.ReadChannelContent), a.reactionsOfPost, 0},
		{post, "/reactions", onBodysPost(roles.AddReaction), a.addReaction, 0},
		{remove, "/users/{user_id}/posts/{post_id}/reactions/{emoji_name}", onPost(roles.RemoveReaction), a.removeReaction, 0},
		{get, "/channels/{channel_id}/posts", inChannel(roles.ReadChannelContent), a.postsOfChannel, 0},
		{get, "/channels/{channel_id}/pinned", inChannel(roles.ReadChannelContent), a.pinnedPosts, 0},
		{get, "/users/{user_id}/channels/{channel_id}/posts/unread", both(self, inChannel(roles.ReadChannelContent)), a.unreadPosts, 0},
		{post, "/users/{user_id}/posts/{post_id}/set_unread", both(self, onPost(roles.ReadChannelContent)), a.setUnread, 0},
		{post, "/users/{user_id}/posts/{post_id}/ack", both(own, onPost(roles.ReadChannelContent)), a.acknowledge, 0},
		{remove, "/users/{user_id}/posts/{post_id}/ack", both(own, onPost(roles.ReadChannelContent)), a.unacknowledge, 0},
		{post, "/users/{user_id}/posts/{post_id}/reminder", both(own, onPost(roles.ReadChannelContent)), a.remind, 0},
		{get, "/users/{user_id}/posts/flagged", self, a.flaggedPosts, 0},

		{post, "/files", inQuerysChannel(roles.UploadFile), a.upload, unread},
		{post, "/files/search", signedIn, a.searchFiles, 0},
		{post, "/teams/{team_id}/files/search", inTeam(roles.ViewTeam), a.searchFiles, 0},
		{get, "/files/{file_id}", onFile, a.fileContent, 0},
		{get, "/files/{file_id}/info", onFile, a.fileInfo, 0},
		{get, "/files/{file_id}/thumbnail", onFile, a.smaller(files.Thumbnail), 0},
		{get, "/files/{file_id}/preview", onFile, a.smaller(files.Preview), 0},
		{get, "/files/{file_id}/link", onFileToShow, a.publicLink, 0},
		{post, "/file/test", system(roles.ManageSystem), a.probeFiles, 0},
		{post, "/file/s3_test", system(roles.ManageSystem), a.probeFiles, 0},
		{post, "/uploads", toUploadTo, a.beginUpload, 0},
		{get, "/uploads/{upload_id}", onUpload, a.getUpload, 0},
		{post, "/uploads/{upload_id}", intoUpload, a.resumeUpload, unread},
		{get, "/users/{user_id}/uploads", own, a.uploadsOfUser, 0},

		{post, "/hooks/incoming", withIncoming(signedIn), a.createHook, 0}, // the permission depends on the team of the channel in the body
		{get, "/hooks/incoming", signedIn, a.listHooks, 0},                 // or on the team in the query
		{get, "/hooks/incoming/{hook_id}", signedIn, a.getHook, 0},
		{put, "/hooks/incoming/{hook_id}", withIncoming(signedIn), a.updateHook, 0},
		{remove, "/hooks/incoming/{hook_id}", signedIn, a.deleteHook, 0},
		{post, "/hooks/outgoing", withOutgoing(signedIn), a.createOutgoing, 0}, // the permission depends on the team in the body
		{get, "/hooks/outgoing", signedIn, a.listOutgoing, 0},
		{get, "/hooks/outgoing/{hook_id}", signedIn, a.onOutgoing(a.getOutgoing), 0},
		{put, "/hooks/outgoing/{hook_id}", withOutgoing(signedIn), a.onOutgoing(a.updateOutgoing), 0},
		{remove, "/hooks/outgoing/{hook_id}", signedIn, a.onOutgoing(a.deleteOutgoing), 0},
		{post, "/hooks/outgoing/{hook_id}/regen_token", withOutgoing(signedIn), a.onOutgoing(a.renewOutgoing), 0},

		{get, "/emoji", signedIn, a.listEmoji, 0},
		{post, "/emoji", withEmoji(system(roles.CreateEmoji)), a.createEmoji, unread},
		{post, "/emoji/names", signedIn, a.emojiByNames, 0},
		{post, "/emoji/search", signedIn, a.searchEmoji, 0},
		{get, "/emoji/autocomplete", signedIn, a.autocompleteEmoji, 0},
		{get, "/emoji/name/{emoji_name}", signedIn, a.emojiByName, 0},
		{get, "/emoji/{emoji_id}", signedIn, a.emojiByID, 0},
		{get, "/emoji/{emoji_id}/image", signedIn, a.emojiImage, 0},
		{remove, "/emoji/{emoji_id}", system(roles.DeleteEmoji), a.deleteEmoji, 0},
		{get, "/teams/{team_id}/commands/autocomplete", inTeam(roles.ViewTeam), a.typedCommands, 0},
		{get, "/teams/{team_id}/commands/autocomplete_suggestions", inTeam(roles.ViewTeam), a.suggestCommands, 0},
		{post, "/commands/execute", toBodysChannel, a.executeCommand, ofChannel},
		{post, "/commands", withCommands(signedIn), a.createCommand, 0}, // the permission depends on the team in the body
		{get, "/commands", signedIn, a.listCommands, 0},                 // or in the query
		{get, "/commands/{command_id}", signedIn, a.onCommand(a.getCommand), 0},
		{put, "/commands/{command_id}", withCommands(signedIn), a.onCommand(a.updateCommand), 0},
		{remove, "/commands/{command_id}", signedIn, a.onCommand(a.deleteCommand), 0},
		{put, "/commands/{command_id}/move", withCommands(signedIn), a.onCommand(a.moveCommand), 0},
		{put, "/commands/{command_id}/regen_token", withCommands(signedIn), a.onCommand(a.renewCommand), 0},

		{get, "/oauth/apps", byPerson(system(roles.ManageOAuth)), a.listApps, 0},
		{post, "/oauth/apps", byPerson(system(roles.ManageOAuth)), a.createApp, 0},
		{post, "/oauth/apps/register", anyone, a.registerApp, 0}, // off unless a setting says otherwise
		{get, "/oauth/apps/{app_id}", byPerson(system(roles.ManageOAuth)), a.onApp(a.getApp), 0},
		{put, "/oauth/apps/{app_id}", byPerson(system(roles.ManageOAuth)), a.onApp(a.updateApp), 0},
		{remove, "/oauth/apps/{app_id}", byPerson(system(roles.ManageOAuth)), a.onApp(a.deleteApp), 0},
		{get, "/oauth/apps/{app_id}/info", signedIn, a.appInfo, 0},
		{post, "/oauth/apps/{app_id}/regen_secret", byPerson(system(roles.ManageOAuth)), a.onApp(a.renewApp), 0},
		{get, "/users/{user_id}/oauth/apps/authorized", self, a.appsOfUser, 0},
	}
}
