package server

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
)

// tidyEvery is rare enough for an idle workspace to be without a database connection nearly always.
const tidyEvery = time.Hour

// tidy forgets, at the start and now and then, what nobody can ask for any more.
func tidy(ctx context.Context, a *api.API, log *slog.Logger) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		for what, forget := range map[string]func(context.Context) error{"old pending ids": a.Posts.ForgetClaims, "uploads without a post": a.Files.Tidy, "names of files": a.Search.ReadNames, "words of posts": a.Search.Learn,
			"mailed links": a.Users.ForgetMailedLinks, "invitations": a.Teams.ForgetInvitations,
			"places for answers to commands": a.Commands.ForgetReplies, "previews of links": a.Posts.ForgetPreviews,
			"codes, tokens and sessions of apps": a.OAuth.Forget} {
			if err := forget(ctx); err != nil && ctx.Err() == nil {
				log.Warn("tidy", "what", what, "error", err.Error())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// rest gives memory back after a minute in which nobody asked anything.
func rest(ctx context.Context, a *api.API) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	var before, rested int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := a.Requests.Load()
		if now == before && now != rested {
			debug.FreeOSMemory()
			rested = now
		}
		before = now
	}
}
