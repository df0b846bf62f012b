package hooks

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	mostOwed      = 10_000 // deliveries, of a workspace
	mostOwedByOne = 2_000  // of these, by a hook: one whose program is down leaves room for others
)

// Owed is what outgoing hooks are to tell of what a person says in a public channel; nil: nothing. What programs say tells nobody, so that none
// answers itself. A hook that another instance made or changed less than freshFor ago may not be known here yet.
func (b *Book) Owed(ctx context.Context, d posts.Draft) (posts.Owe, error) {
	if !b.Config.Settings().Enabled.OutgoingHooks || d.ByProgram || d.Channel.Type != channels.Public || strings.HasPrefix(d.Type, "system_") {
		return nil, nil
	}
	list, err := b.read(ctx, d.Channel.TeamID)
	if err != nil {
		return nil, fmt.Errorf("read outgoing webhooks: %w", err)
	}
	var owed dbsql.OweDeliveriesParams
	wanted, first := 0, firstWord(d.Message)
	for _, h := range list {
		word, is := triggered(h, d.Channel.ID, first)
		if !is {
			continue
		}
		for _, address := range h.CallbackUrls {
			if wanted++; wanted > mostOwed {
				continue
			}
			owed.Ids, owed.Hooks = append(owed.Ids, id.New()), append(owed.Hooks, h.ID)
			owed.Addresses, owed.Hosts, owed.Words = append(owed.Addresses, address), append(owed.Hosts, host(address)), append(owed.Words, word)
		}
	}
	if wanted == 0 {
		return nil, nil
	}
	return b.owe(owed, wanted), nil
}

// owe notes deliveries as far as there is room for what is wanted.
func (b *Book) owe(owed dbsql.OweDeliveriesParams, wanted int) posts.Owe {
	return func(ctx context.Context, q *dbsql.Queries, post id.ID) error {
		owed.PostID, owed.Now, owed.Most, owed.MostOfOne = post, b.Now.Millis(), mostOwed, mostOwedByOne
		left, err := q.OweDeliveries(ctx, owed)
		if left += int64(wanted - len(owed.Ids)); err == nil && left > 0 {
			b.LeftOut.Add(left)
			b.Log.Warn("outgoing webhooks were left out: too many are owed", "post", post.String(), "left_out", left)
		}
		return err
	}
}

// Ring says that something is owed. It doesn't wait.
func (b *Book) Ring() { b.owing.Ring() }

// host is whom an address belongs to.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

func firstWord(message string) string {
	for word := range strings.FieldsSeq(message) {
		return word
	}
	return ""
}

// triggered reports whether a hook is told of what is said in a channel with that first word, and the word that did it, where it has any.
func triggered(h dbsql.OutgoingHook, channel id.ID, first string) (word string, is bool) {
	if !h.ChannelID.IsZero() && h.ChannelID != channel {
		return "", false
	}
	if len(h.TriggerWords) == 0 {
		return "", !h.ChannelID.IsZero()
	}
	if first == "" {
		return "", false
	}
	at := slices.IndexFunc(h.TriggerWords, func(trigger string) bool {
		return trigger == first || h.TriggerWhen == 1 && strings.HasPrefix(first, trigger)
	})
	if at < 0 {
		return "", false
	}
	return h.TriggerWords[at], true
}
