package hooks

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostFiring = 256             // deliveries at a time, of which outbound lets a few connect
	fireWithin = 5 * time.Minute // with all that is tried again, and its turn
)

// Heard tells outgoing hooks of what a person said in a public channel, in its own time: who posted doesn't wait for it. What
// programs say tells nobody, so that none answers itself.
func (b *Book) Heard(d posts.Draft, p *wire.Post) {
	if !b.Config.Settings().Enabled.OutgoingHooks || d.ByProgram || d.Channel.Type != channels.Public || strings.HasPrefix(p.Type, "system_") {
		return
	}
	if s := b.known.list.Load(); s.fresh(b.Now()) && len(s.byTeam[d.Channel.TeamID]) == 0 {
		return
	}
	go b.fire(d, p)
}

func (b *Book) fire(d posts.Draft, p *wire.Post) {
	ctx, done := context.WithTimeout(context.Background(), fireWithin)
	defer done()
	list, err := b.read(ctx, d.Channel.TeamID)
	if err != nil {
		b.Log.Warn("outgoing webhooks could not be read", "error", err.Error())
		return
	}
	for _, h := range list {
		word, is := triggered(h, p)
		if !is {
			continue
		}
		for _, address := range h.CallbackUrls {
			select {
			case b.firing <- struct{}{}:
				go func() {
					defer func() { <-b.firing }()
					b.deliver(h, address, word, d, p)
				}()
			default:
				b.Log.Warn("an outgoing webhook was left out: too many are under way", "hook", h.ID.String())
			}
		}
	}
}

// triggered reports whether a hook is told of a post, and the word that did it, where it has any.
func triggered(h dbsql.OutgoingHook, p *wire.Post) (word string, is bool) {
	if !h.ChannelID.IsZero() && h.ChannelID != p.ChannelID {
		return "", false
	}
	if len(h.TriggerWords) == 0 {
		return "", !h.ChannelID.IsZero()
	}
	words := strings.Fields(p.Message)
	if len(words) == 0 {
		return "", false
	}
	at := slices.IndexFunc(h.TriggerWords, func(trigger string) bool {
		return trigger == words[0] || h.TriggerWhen == 1 && strings.HasPrefix(words[0], trigger)
	})
	if at < 0 {
		return "", false
	}
	return h.TriggerWords[at], true
}

// deliver tells one address, and posts what it answers.
func (b *Book) deliver(h dbsql.OutgoingHook, address, word string, d posts.Draft, p *wire.Post) {
	ctx, done := context.WithTimeout(context.Background(), fireWithin)
	defer done()
	creator, to, err := b.speaker(ctx, h, p)
	if err != nil { // who made it is gone, or sees that channel no more
		b.Log.Info("an outgoing webhook is not told", "hook", h.ID.String(), "error", err.Error())
		return
	}
	team, err := b.DB.TeamByID(ctx, h.TeamID)
	if err != nil {
		b.Log.Warn("an outgoing webhook could not be told", "hook", h.ID.String(), "error", err.Error())
		return
	}
	kind, body := payload(h, wire.OutgoingWebhookPayload{Token: h.Token, TeamID: h.TeamID, TeamDomain: team.Name, ChannelID: p.ChannelID, ChannelName: d.Channel.Name, Timestamp: p.CreateAt,
		UserID: p.UserID, UserName: d.Author.Username, PostID: p.ID, Text: p.Message, TriggerWord: word, FileIDs: joined(p)})
	answer, err := b.Outbound.Deliver(ctx, outbound.Call{For: "outgoing webhook", Method: http.MethodPost, URL: address, Kind: kind, Body: body})
	if err != nil || !answer.OK() || len(strings.TrimSpace(string(answer.Body))) == 0 { // outbound has told of it
		return
	}
	if err := b.answered(ctx, h, answer, p, posts.Draft{Author: creator, Channel: to.Channel, ByProgram: true,
		AtAll: to.Allow(creator.Roles, roles.UseChannelMentions), AtGroups: to.Allow(creator.Roles, roles.UseGroupMentions)}); err != nil {
		b.Log.Info("the answer to an outgoing webhook could not be posted", "hook", h.ID.String(), "error", err.Error())
	}
}

// speaker is who made a hook, who has to be able to read what it is told.
func (b *Book) speaker(ctx context.Context, h dbsql.OutgoingHook, p *wire.Post) (dbsql.User, channels.Access, error) {
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

func joined(p *wire.Post) string {
	names := make([]string, len(p.FileIDs))
	for i, f := range p.FileIDs {
		names[i] = f.String()
	}
	return strings.Join(names, ",")
}

// payload is what a hook is told, in the form that it wants. A form has its time in seconds.
func payload(h dbsql.OutgoingHook, p wire.OutgoingWebhookPayload) (kind string, body []byte) {
	if strings.HasPrefix(h.ContentType, "application/json") {
		body, _ = json.Marshal(p) // texts and numbers
		return "application/json", body
	}
	form := url.Values{"token": {p.Token.String()}, "team_id": {p.TeamID.String()}, "team_domain": {p.TeamDomain}, "channel_id": {p.ChannelID.String()}, "channel_name": {p.ChannelName},
		"timestamp": {strconv.FormatInt(p.Timestamp/1000, 10)}, "user_id": {p.UserID.String()}, "user_name": {p.UserName}, "post_id": {p.PostID.String()}, "text": {p.Text},
		"trigger_word": {p.TriggerWord}, "file_ids": {p.FileIDs}}
	return "application/x-www-form-urlencoded", []byte(form.Encode())
}

// answered posts what a program answers, if it is something to say.
func (b *Book) answered(ctx context.Context, h dbsql.OutgoingHook, answer outbound.Answer, p *wire.Post, as posts.Draft) error {
	var in wire.OutgoingWebhookResponse
	if err := answer.Decode(&in); err != nil {
		return err
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
		d.RootID = p.ID
		if !p.RootID.IsZero() {
			d.RootID = p.RootID
		}
	} else {
		d.Priority = in.Priority
	}
	return Post(ctx, b.Posts, d)
}
