package hooks

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// OutgoingView is an outgoing hook as the wire has it.
func OutgoingView(h dbsql.OutgoingHook) *wire.OutgoingWebhook {
	return &wire.OutgoingWebhook{ID: h.ID, Token: h.Token, CreateAt: h.CreateAt, UpdateAt: h.UpdateAt, CreatorID: h.CreatorID, ChannelID: h.ChannelID, TeamID: h.TeamID,
		TriggerWords: h.TriggerWords, TriggerWhen: int(h.TriggerWhen), CallbackURLs: h.CallbackUrls, DisplayName: h.DisplayName, Description: h.Description,
		ContentType: h.ContentType, Username: h.Username, IconURL: h.IconUrl}
}

// CreateOutgoing makes an outgoing hook of a team, by a user. The channel is zero for all public ones.
func (b *Book) CreateOutgoing(ctx context.Context, creator id.ID, in wire.OutgoingWebhook, of dbsql.Channel) (*wire.OutgoingWebhook, error) {
	if err := checkOutgoing(&in, of); err != nil {
		return nil, err
	}
	h, err := b.DB.InsertOutgoingHook(ctx, dbsql.InsertOutgoingHookParams{ID: id.New(), Token: newToken(), Now: b.Now.Millis(), CreatorID: creator, TeamID: in.TeamID, ChannelID: of.ID,
		TriggerWords: in.TriggerWords, TriggerWhen: int32(in.TriggerWhen), CallbackUrls: in.CallbackURLs, DisplayName: in.DisplayName, Description: in.Description,
		ContentType: in.ContentType, Username: in.Username, IconUrl: in.IconURL, Most: mostHooks})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "api.outgoing_webhook.too_many.app_error", "A workspace has at most %d outgoing webhooks.", mostHooks)
	}
	return b.outgoing(h, err)
}

// newToken is a secret in the form of an id.
func newToken() (token id.ID) {
	_, _ = rand.Read(token[:]) // crypto/rand never fails since Go 1.24
	return token
}

// outgoing forgets what was known, and answers with what is there now.
func (b *Book) outgoing(h dbsql.OutgoingHook, err error) (*wire.OutgoingWebhook, error) {
	b.forget()
	if store.Missing(err) {
		return nil, errNoOutgoing
	}
	return OutgoingView(h), err
}

var errNoOutgoing = fault.NotFound("outgoing_webhook")

func wrong(name, allowed string) error {
	return fault.New(http.StatusBadRequest, "model.outgoing_hook."+name+".app_error", "An outgoing webhook has %s.", allowed)
}

// checkOutgoing says whether a hook may be as it is given, and gives empty lists for none.
func checkOutgoing(in *wire.OutgoingWebhook, of dbsql.Channel) error {
	if in.TriggerWords == nil {
		in.TriggerWords = []string{}
	}
	switch {
	case !of.ID.IsZero() && of.TeamID != in.TeamID:
		return fault.BadBody("channel_id", "a channel of the webhook's team")
	case !of.ID.IsZero() && of.Type != channels.Public:
		return fault.New(http.StatusForbidden, "api.webhook.create_outgoing.not_open.app_error", "Outgoing webhooks are told of public channels only.")
	case of.ID.IsZero() && len(in.TriggerWords) == 0:
		return fault.New(http.StatusBadRequest, "api.webhook.create_outgoing.triggers.app_error", "An outgoing webhook has a channel, or trigger words, or both.")
	case written(in.TriggerWords) > 1024:
		return wrong("is_valid.words", "at most 1024 bytes of trigger words")
	case slices.Contains(in.TriggerWords, ""):
		return wrong("is_valid.trigger_words", "no empty trigger word")
	case len(in.CallbackURLs) == 0 || written(in.CallbackURLs) > 1024:
		return wrong("is_valid.callback", "at least one callback URL, and at most 1024 bytes of them")
	case slices.ContainsFunc(in.CallbackURLs, func(address string) bool { return !outbound.Valid(address) }):
		return wrong("is_valid.url", "callback URLs that begin with http:// or https://")
	case in.TriggerWhen < 0 || in.TriggerWhen > 1:
		return wrong("is_valid.content_type", "0 or 1 as trigger_when")
	}
	for _, f := range []struct {
		name, value string
		most        int
		says        string
	}{{"is_valid.display_name", in.DisplayName, 64, "a display_name of at most 64 bytes"}, {"is_valid.description", in.Description, 500, "a description of at most 500 bytes"},
		{"is_valid.content_type", in.ContentType, 128, "a content_type of at most 128 bytes"}, {"username", in.Username, 64, "a username of at most 64 bytes"},
		{"icon_url", in.IconURL, 1024, "an icon_url of at most 1024 bytes"}} {
		if len(f.value) > f.most {
			return wrong(f.name, f.says)
		}
	}
	return checkIcon("icon_url", in.IconURL)
}

// written is how long a list is with brackets around it and blanks in it.
func written(list []string) int { return len("[]") + len(strings.Join(list, " ")) }

// FindOutgoing is one outgoing hook.
func (b *Book) FindOutgoing(ctx context.Context, hook id.ID) (dbsql.OutgoingHook, error) {
	h, err := b.DB.OutgoingHook(ctx, hook)
	if store.Missing(err) {
		err = errNoOutgoing
	}
	return h, err
}

// ListOutgoing reads a part of the outgoing hooks of a team, or of all; of a channel, or of any; of a user, or of everybody.
func (b *Book) ListOutgoing(ctx context.Context, team, channel, creator id.ID, number, size int) ([]*wire.OutgoingWebhook, error) {
	rows, err := b.DB.OutgoingHooks(ctx, dbsql.OutgoingHooksParams{TeamID: team, ChannelID: channel, CreatorID: creator, MaxRows: int32(size), Skip: int32(number * size)})
	out := make([]*wire.OutgoingWebhook, len(rows))
	for i, h := range rows {
		out[i] = OutgoingView(h)
	}
	return out, err
}

// UpdateOutgoing changes all of an outgoing hook but its team, its creator and its token.
func (b *Book) UpdateOutgoing(ctx context.Context, h dbsql.OutgoingHook, in wire.OutgoingWebhook, of dbsql.Channel) (*wire.OutgoingWebhook, error) {
	in.TeamID = h.TeamID
	if err := checkOutgoing(&in, of); err != nil {
		return nil, err
	}
	return b.outgoing(b.DB.UpdateOutgoingHook(ctx, dbsql.UpdateOutgoingHookParams{ID: h.ID, Now: b.Now.Millis(), ChannelID: of.ID, TriggerWords: in.TriggerWords, TriggerWhen: int32(in.TriggerWhen),
		CallbackUrls: in.CallbackURLs, DisplayName: in.DisplayName, Description: in.Description, ContentType: in.ContentType, Username: in.Username, IconUrl: in.IconURL}))
}

// Renew gives an outgoing hook another token.
func (b *Book) Renew(ctx context.Context, hook id.ID) (*wire.OutgoingWebhook, error) {
	return b.outgoing(b.DB.RenewOutgoingHook(ctx, dbsql.RenewOutgoingHookParams{ID: hook, Now: b.Now.Millis(), Token: newToken()}))
}

// DeleteOutgoing ends an outgoing hook.
func (b *Book) DeleteOutgoing(ctx context.Context, hook id.ID) error {
	n, err := b.DB.DeleteOutgoingHook(ctx, hook)
	b.forget()
	if err == nil && n == 0 {
		err = errNoOutgoing
	}
	return err
}
