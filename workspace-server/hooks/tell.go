package hooks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var (
	errUntaken   = errors.New("the program did not take it")
	errDied      = errors.New("whoever told it has died")
	errUnread    = errors.New("the answer says nothing that can be read")
	errElsewhere = errors.New("it is owed no more, or another instance was faster")
)

// tell calls the program, if it is still to be told, and posts what it answers. An error is a reason to try again.
func (b *Book) tell(ctx context.Context, owed dbsql.HookDelivery) error {
	if !b.Config.Settings().Enabled.OutgoingHooks {
		return nil
	}
	if owed.Attempts > mostTries {
		return errDied
	}
	said, err := b.DB.DeliveryToTell(ctx, owed.ID)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	creator, to, err := b.speaker(ctx, said.OutgoingHook, said.Post)
	if refused(err) { // who made it is gone, or sees that channel no more
		b.Log.Info("an outgoing webhook is not told", "hook", owed.HookID.String(), "error", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	files, err := b.files(ctx, said.Post)
	if err != nil {
		return err
	}
	kind, body := payload(said, owed.Word, files)
	answer, err := b.Outbound.Do(ctx, outbound.Call{For: "outgoing webhook", Method: http.MethodPost, URL: owed.Address, Kind: kind, Body: body})
	if outbound.Again(answer, err) {
		return errUntaken
	}
	if err != nil || !answer.OK() || len(strings.TrimSpace(string(answer.Body))) == 0 { // outbound has told of it
		return nil
	}
	err = b.answered(ctx, owed, said, answer, posts.Draft{Author: creator, Channel: to.Channel, ByProgram: true,
		AtAll: to.Allow(creator.Roles, roles.UseChannelMentions), AtGroups: to.Allow(creator.Roles, roles.UseGroupMentions)})
	if refused(err) || errors.Is(err, errUnread) || errors.Is(err, errElsewhere) {
		b.Log.Info("the answer to an outgoing webhook could not be posted", "hook", owed.HookID.String(), "error", err.Error())
		return nil
	}
	return err
}

// refused reports whether what was tried can't be, however often.
func refused(err error) bool {
	_, is := errors.AsType[*fault.Error](err)
	return is || store.Unstorable(err)
}

// speaker is who made a hook, who has to be able to read what it is told.
func (b *Book) speaker(ctx context.Context, h dbsql.OutgoingHook, p dbsql.Post) (dbsql.User, channels.Access, error) {
	creator, err := b.Users.Get(ctx, h.CreatorID)
	if err != nil {
		return creator, channels.Access{}, err
	}
	to, err := b.Channels.Access(ctx, p.ChannelID, creator.ID)
	if err == nil && (creator.DeleteAt > 0 || !to.Allow(creator.Roles, roles.ReadChannelContent)) {
		err = errClosed
	}
	return creator, to, err
}

// files are the ids of a post's files.
func (b *Book) files(ctx context.Context, p dbsql.Post) (string, error) {
	if !p.HasFiles {
		return "", nil
	}
	rows, err := b.DB.FilesOfPosts(ctx, []id.ID{p.ID})
	names := make([]string, len(rows))
	for i, f := range rows {
		names[i] = f.ID.String()
	}
	return strings.Join(names, ","), err
}

// payload is what a program is told, in the form that its hook wants. A form has its time in seconds.
func payload(said dbsql.DeliveryToTellRow, word, files string) (kind string, body []byte) {
	h, post := said.OutgoingHook, said.Post
	p := wire.OutgoingWebhookPayload{Token: h.Token, TeamID: h.TeamID, TeamDomain: said.TeamName, ChannelID: post.ChannelID, ChannelName: said.ChannelName, Timestamp: post.CreateAt,
		UserID: post.UserID, UserName: said.Username, PostID: post.ID, Text: post.Message, TriggerWord: word, FileIDs: files}
	if strings.HasPrefix(h.ContentType, "application/json") {
		body, _ = json.Marshal(p) // texts and numbers
		return "application/json", body
	}
	form := url.Values{"token": {p.Token.String()}, "team_id": {p.TeamID.String()}, "team_domain": {p.TeamDomain}, "channel_id": {p.ChannelID.String()}, "channel_name": {p.ChannelName},
		"timestamp": {strconv.FormatInt(p.Timestamp/1000, 10)}, "user_id": {p.UserID.String()}, "user_name": {p.UserName}, "post_id": {p.PostID.String()}, "text": {p.Text},
		"trigger_word": {p.TriggerWord}, "file_ids": {p.FileIDs}}
	return "application/x-www-form-urlencoded", []byte(form.Encode())
}

// answered posts what a program answers, if it is something to say, in the transaction that drops the delivery: it is posted once.
func (b *Book) answered(ctx context.Context, owed dbsql.HookDelivery, said dbsql.DeliveryToTellRow, answer outbound.Answer, as posts.Draft) error {
	h := said.OutgoingHook
	var in wire.OutgoingWebhookResponse
	if err := answer.Decode(&in); err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	var text string
	if in.Text != nil {
		text = *in.Text
	}
	if strings.TrimSpace(text) == "" && len(in.Attachments) == 0 {
		return nil
	}
	d, err := Draft(Speaker{DisplayName: h.DisplayName, Username: cmp.Or(h.Username, "webhook"), IconURL: h.IconUrl},
		wire.IncomingWebhookRequest{Text: text, Username: in.Username, IconURL: in.IconURL, Props: in.Props, Attachments: in.Attachments, Type: in.Type})
	if err != nil {
		return err
	}
	d.Author, d.Channel, d.ByProgram, d.AtAll, d.AtGroups = as.Author, as.Channel, as.ByProgram, as.AtAll, as.AtGroups
	if in.ResponseType == "comment" {
		d.RootID = cmp.Or(said.Post.RootID, said.Post.ID)
	} else {
		d.Priority = in.Priority
	}
	d.First = func(ctx context.Context, q *dbsql.Queries) error {
		n, err := q.DropDelivery(ctx, owed.ID)
		if err == nil && n == 0 {
			err = errElsewhere
		}
		return err
	}
	return Post(ctx, b.Posts, d)
}
