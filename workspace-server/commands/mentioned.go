package commands

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

const mostMentioned = 20 // of users, and of channels

var (
	userMention    = regexp.MustCompile(`\B@[a-z0-9._-]+`)
	channelMention = regexp.MustCompile(`\B~[a-z0-9_-]+`)
)

// named are the names that a text mentions, each once, without the sign in front. A name may end a sentence.
func named(text string, by *regexp.Regexp) (names []string) {
	for _, m := range by.FindAllString(strings.ToLower(text), -1) {
		for _, name := range []string{m[1:], strings.TrimRight(m[1:], ".-_")} {
			if name != "" && !slices.Contains(names, name) && len(names) < mostMentioned {
				names = append(names, name)
			}
		}
	}
	return names
}

// mentioned adds to a form whom and what a command mentions, of users and channels those that who typed it can see: names, and ids in the same order.
func (r *Runner) mentioned(ctx context.Context, c Call, form url.Values) error {
	if names := named(c.text, userMention); len(names) > 0 {
		users, err := r.DB.UsersByUsernames(ctx, names)
		if err == nil {
			users, err = r.Users.AllSeenBy(ctx, c.User, users)
		}
		if err != nil {
			return err
		}
		for _, u := range users {
			form.Add("user_mentions", u.Username)
			form.Add("user_mentions_ids", u.ID.String())
		}
	}
	for _, name := range named(c.text, channelMention) {
		to, err := r.channel(ctx, c, name)
		if fault.Is(err, errNoChannel.ID) {
			continue
		}
		if err != nil {
			return err
		}
		form.Add("channel_mentions", to.Channel.Name)
		form.Add("channel_mentions_ids", to.Channel.ID.String())
	}
	return nil
}

var errNoChannel = fault.New(http.StatusNotFound, "api.command.no_channel.app_error", "The team has no channel of that name that you can see.")
