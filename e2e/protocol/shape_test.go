package protocol

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// shapes pairs each of our wire types with the official one.
var shapes = []struct{ ours, official any }{
	{wire.User{}, model.User{}},
	{wire.UserPatch{}, model.UserPatch{}},
	{wire.UserSearch{}, model.UserSearch{}},
	{wire.UserAutocomplete{}, model.UserAutocomplete{}},
	{wire.UsersStats{}, model.UsersStats{}},
	{wire.Status{}, model.Status{}},
	{wire.CustomStatus{}, model.CustomStatus{}},
	{wire.Preference{}, model.Preference{}},
	{wire.Draft{}, model.Draft{}},
	{wire.ScheduledPost{}, model.ScheduledPost{}},
	{wire.ChannelBookmark{}, model.ChannelBookmark{}},
	{wire.ChannelBookmarkPatch{}, model.ChannelBookmarkPatch{}},
	{wire.ChannelBookmarkWithFile{}, model.ChannelBookmarkWithFileInfo{}},
	{wire.ChannelBookmarkUpdate{}, model.UpdateChannelBookmarkResponse{}},
	{wire.Session{}, model.Session{}},
	{wire.UserAccessToken{}, model.UserAccessToken{}},
	{wire.LoginType{}, model.LoginTypeResponse{}},
	{wire.IncomingWebhook{}, model.IncomingWebhook{}},
	{wire.IncomingWebhooks{}, model.IncomingWebhooksWithCount{}},
	{wire.IncomingWebhookRequest{}, model.IncomingWebhookRequest{}},
	{wire.OutgoingWebhook{}, model.OutgoingWebhook{}},
	{wire.OutgoingWebhookPayload{}, model.OutgoingWebhookPayload{}},
	{wire.OutgoingWebhookResponse{}, model.OutgoingWebhookResponse{}},
	{wire.Command{}, model.Command{}},
	{wire.CommandArgs{}, model.CommandArgs{}},
	{wire.CommandResponse{}, model.CommandResponse{}},
	{wire.AutocompleteSuggestion{}, model.AutocompleteSuggestion{}},
	{wire.DoPostActionRequest{}, model.DoPostActionRequest{}},
	{wire.PostActionAPIResponse{}, model.PostActionAPIResponse{}},
	{wire.PostActionIntegrationRequest{}, model.PostActionIntegrationRequest{}},
	{wire.PostActionIntegrationResponse{}, model.PostActionIntegrationResponse{}},
	{wire.OpenDialogRequest{}, model.OpenDialogRequest{}},
	{wire.Dialog{}, model.Dialog{}},
	{wire.DialogElement{}, model.DialogElement{}},
	{wire.DialogOption{}, model.PostActionOptions{}},
	{wire.DialogDateTimeConfig{}, model.DialogDateTimeConfig{}},
	{wire.SubmitDialogRequest{}, model.SubmitDialogRequest{}},
	{wire.SubmitDialogResponse{}, model.SubmitDialogResponse{}},
	{wire.LookupDialogResponse{}, model.LookupDialogResponse{}},
	{wire.OAuthApp{}, model.OAuthApp{}},
	{wire.OAuthAppRequest{}, model.OAuthAppRequest{}},
	{wire.AuthorizeRequest{}, model.AuthorizeRequest{}},
	{wire.AccessResponse{}, model.AccessResponse{}},
	{wire.ClientRegistrationRequest{}, model.ClientRegistrationRequest{}},
	{wire.ClientRegistrationResponse{}, model.ClientRegistrationResponse{}},
	{wire.AuthorizationServerMetadata{}, model.AuthorizationServerMetadata{}},
	{wire.PushNotification{}, model.PushNotification{}},
	{wire.PushNotificationAck{}, model.PushNotificationAck{}},
	{wire.Bot{}, model.Bot{}},
	{wire.BotPatch{}, model.BotPatch{}},
	{wire.Attribute{}, model.PropertyField{}},
	{wire.AttributePatch{}, model.PropertyFieldPatch{}},
	{wire.AttributeAttrs{}, model.CPAAttrs{}},
	{wire.AttributeOption{}, model.CustomProfileAttributesSelectOption{}},
	{wire.Team{}, model.Team{}},
	{wire.TeamPatch{}, model.TeamPatch{}},
	{wire.TeamMember{}, model.TeamMember{}},
	{wire.TeamMemberWithError{}, model.TeamMemberWithError{}},
	{wire.MemberInvite{}, model.MemberInvite{}},
	{wire.GuestsInvite{}, model.GuestsInvite{}},
	{wire.EmailInviteWithError{}, model.EmailInviteWithError{}},
	{wire.TeamUnread{}, model.TeamUnread{}},
	{wire.TeamStats{}, model.TeamStats{}},
	{wire.Channel{}, model.Channel{}},
	{wire.ChannelSearch{}, model.ChannelSearch{}},
	{wire.ChannelWithTeam{}, model.ChannelWithTeamData{}},
	{wire.ChannelsWithCount{}, model.ChannelsWithCount{}},
	{wire.GroupMessageConversion{}, model.GroupMessageConversionRequestBody{}},
	{wire.SetChannelMembers{}, model.SetChannelMembersRequest{}},
	{wire.SetChannelMembersDone{}, model.SetChannelMembersResponse{}},
	{wire.SetChannelMembersError{}, model.SetChannelMembersError{}},
	{wire.ChannelBanner{}, model.ChannelBannerInfo{}},
	{wire.ChannelPatch{}, model.ChannelPatch{}},
	{wire.ChannelMember{}, model.ChannelMember{}},
	{wire.ChannelMemberWithTeam{}, model.ChannelMemberWithTeamData{}},
	{wire.ChannelUnread{}, model.ChannelUnread{}},
	{wire.ChannelUnreadAt{}, model.ChannelUnreadAt{}},
	{wire.ChannelView{}, model.ChannelView{}},
	{wire.ChannelViewResponse{}, model.ChannelViewResponse{}},
	{wire.ChannelStats{}, model.ChannelStats{}},
	{wire.SidebarCategory{}, model.SidebarCategoryWithChannels{}},
	{wire.SidebarCategories{}, model.OrderedSidebarCategories{}},
	{wire.Post{}, model.Post{}},
	{wire.Thread{}, model.ThreadResponse{}},
	{wire.Threads{}, model.Threads{}},
	{wire.PostPatch{}, model.PostPatch{}},
	{wire.PostEphemeral{}, model.PostEphemeral{}},
	{wire.PostList{}, model.PostList{}},
	{wire.PostSearchResults{}, model.PostSearchResults{}},
	{wire.PostMetadata{}, model.PostMetadata{}},
	{wire.PostEmbed{}, model.PostEmbed{}},
	{wire.PreviewPost{}, model.PreviewPost{}},
	{wire.PostImage{}, model.PostImage{}},
	{wire.PostPriority{}, model.PostPriority{}},
	{wire.PostAcknowledgement{}, model.PostAcknowledgement{}},
	{wire.PostTranslation{}, model.PostTranslation{}},
	{wire.PostInfo{}, model.PostInfo{}},
	{wire.Emoji{}, model.Emoji{}},
	{wire.Reaction{}, model.Reaction{}},
	{wire.FileInfo{}, model.FileInfo{}},
	{wire.FileUploadResponse{}, model.FileUploadResponse{}},
	{wire.UploadSession{}, model.UploadSession{}},
	{wire.FileInfoList{}, model.FileInfoList{}},
	{wire.Error{}, model.AppError{}},
	{wire.Role{}, model.Role{}},
	{wire.ServerLimits{}, model.ServerLimits{}},
	{wire.Broadcast{}, model.WebsocketBroadcast{}},
	{wire.SocketRequest{}, model.WebSocketRequest{}},
	{wire.SocketReply{}, model.WebSocketResponse{}},
}

// internalOnly are official fields that the library's own comments say are never sent to a client.
var internalOnly = map[string]bool{
	"WebsocketBroadcast.broadcast_hooks":     true,
	"WebsocketBroadcast.broadcast_hook_args": true,
	"PostPriority.PostId":                    true,
	"PostPriority.ChannelId":                 true,
}

func TestWireTypesHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	for _, pair := range shapes {
		ours, official := fields(reflect.TypeOf(pair.ours)), fields(reflect.TypeOf(pair.official))
		name := reflect.TypeOf(pair.official).Name()
		for tag, want := range official {
			got, ok := ours[tag]
			switch {
			case internalOnly[name+"."+tag]:
			case !ok:
				t.Errorf("%s: %q is missing", name, tag)
			case got != want:
				t.Errorf("%s: %q is %+v, officially %+v", name, tag, got, want)
			}
		}
		for tag := range ours {
			if _, ok := official[tag]; !ok {
				t.Errorf("%s: %q is ours alone", name, tag)
			}
		}
	}
}

// shape is what a field looks like in JSON.
type shape struct {
	kind     string
	nullable bool
	optional bool
}

func fields(t reflect.Type) map[string]shape {
	out := map[string]shape{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			for k, v := range fields(embedded) {
				out[k] = v
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		s := shape{kind: kind(f.Type), nullable: f.Type.Kind() == reflect.Pointer, optional: strings.Contains(options, "omit")}
		out[name] = s
	}
	return out
}

// kind is what JSON makes of a Go type.
func kind(t reflect.Type) string {
	if t == reflect.TypeFor[json.RawMessage]() {
		return "object"
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kind(t.Elem())
	case reflect.Slice:
		return "list of " + kind(t.Elem())
	case reflect.Map:
		return "object"
	case reflect.Struct:
		return "object"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8:
		return "number"
	}
	return t.Kind().String()
}
