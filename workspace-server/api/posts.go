package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) createPost(r *Request) (Response, error) {
	in, err := decode[struct {
		RootID        id.ID           `json:"root_id"`
		Message       string          `json:"message"`
		Type          string          `json:"type"`
		Props         json.RawMessage `json:"props"`
		FileIDs       []id.ID         `json:"file_ids"`
		PendingPostID string          `json:"pending_post_id"`
		Metadata      struct {
			Priority *wire.PostPriority `json:"priority"`
		} `json:"metadata"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.Type != "" {
		return Response{}, fault.BadBody("type", "empty: other posts are written by the server")
	}
	return created(a.Posts.Create(r.Context(), posts.Draft{Author: r.User, Channel: r.Channel.Channel, RootID: in.RootID, Message: in.Message,
		Props: in.Props, Priority: in.Metadata.Priority, FileIDs: in.FileIDs, PendingID: in.PendingPostID, NoWords: !r.Channel.Called,
		AtAll: r.Channel.Allow(r.User.Roles, roles.UseChannelMentions), AtGroups: r.Channel.Allow(r.User.Roles, roles.UseGroupMentions)}))
}

func (a *API) onePost(r *Request, p dbsql.Post) (Response, error) {
	views, err := a.Posts.View(r.Context(), p)
	if err != nil {
		return Response{}, err
	}
	return reply(views[0], nil)
}

func (a *API) post(r *Request) (Response, error) { return a.onePost(r, r.Post) }

// updatePost serves both ways to edit: the protocol's whole post and its patch change the same things.
func (a *API) updatePost(r *Request) (Response, error) {
	patch, err := decode[wire.PostPatch](r)
	if err != nil {
		return Response{}, err
	}
	if r.Post.UserID != r.User.ID && !r.Channel.Allow(r.User.Roles, roles.EditOthersPosts) {
		return Response{}, fault.Forbidden()
	}
	if r.Channel.Channel.DeleteAt > 0 {
		return Response{}, fault.New(http.StatusBadRequest, "api.post.update_post.can_not_update_post_in_deleted.error", "The channel is archived; its posts can't be edited.")
	}
	if strings.HasPrefix(r.Post.Type, "system_") {
		return Response{}, fault.New(http.StatusBadRequest, "api.post.update_post.system_message.app_error", "The server's own messages can't be edited.")
	}
	if limit := a.Config.Settings().EditWithin; limit >= 0 && posts.Rewrites(r.Post, patch.Message, patch.Props) && a.Now.Millis() > r.Post.CreateAt+limit*1000 {
		return Response{}, fault.New(http.StatusBadRequest, "api.post.update_post.permissions_time_limit.app_error", "A post can be edited for %d seconds.", limit)
	}
	if patch.Message != nil || patch.Props != nil || patch.IsPinned == nil {
		view, err := a.Posts.Edit(r.Context(), r.Post, patch.Message, patch.Props)
		if err != nil || patch.IsPinned == nil || *patch.IsPinned == r.Post.Pinned {
			return reply(view, err)
		}
	}
	return reply(a.Posts.Pin(r.Context(), r.Post.ID, *patch.IsPinned))
}

func (a *API) deletePost(r *Request) (Response, error) {
	if r.Flag("permanent") {
		return Response{}, fault.New(http.StatusNotImplemented, "api.post.delete_post.not_enabled.app_error", "Permanent deletion of posts is not enabled.")
	}
	if r.Post.UserID != r.User.ID && !r.Channel.Allow(r.User.Roles, roles.DeleteOthersPosts) {
		return Response{}, fault.Forbidden()
	}
	return done(a.Posts.Delete(r.Context(), r.Post, r.User.ID))
}

func (a *API) pin(pinned bool) Handler {
	return func(r *Request) (Response, error) {
		_, err := a.Posts.Pin(r.Context(), r.Post.ID, pinned)
		return done(err)
	}
}

func (a *API) editHistory(r *Request) (Response, error) {
	if r.Post.UserID != r.User.ID {
		return Response{}, fault.Forbidden()
	}
	return reply(a.Posts.History(r.Context(), r.Post))
}

func (a *API) thread(r *Request) (Response, error) {
	page := posts.ThreadPage{Up: r.Query().Get("direction") == "up"}
	var err error
	if page.Size, err = r.Number("perPage", 0); err != nil {
		return Response{}, err
	}
	if page.FromCreateAt, err = r.Millis("fromCreateAt"); err != nil {
		return Response{}, err
	}
	if page.FromPost, err = r.QueryID("fromPost"); err != nil {
		return Response{}, err
	}
	return a.collapsedList(r)(a.Posts.Thread(r.Context(), r.Post, page))
}

func (a *API) postInfo(r *Request) (Response, error) {
	c := r.Channel.Channel
	out := wire.PostInfo{ChannelID: c.ID, ChannelType: c.Type, ChannelDisplayName: c.DisplayName, HasJoinedChannel: r.Channel.Member, HasJoinedTeam: r.Channel.TeamMember}
	if !c.TeamID.IsZero() {
		t, err := a.DB.TeamByID(r.Context(), c.TeamID)
		if err != nil {
			return Response{}, err
		}
		out.TeamID, out.TeamType, out.TeamDisplayName = t.ID, t.Type, t.DisplayName
	}
	return reply(out, nil)
}

func (a *API) postsByIDs(r *Request) (Response, error) {
	ids, err := idList(r, "post_ids")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.Posts.ByIDs(r.Context(), r.User.ID, ids)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Posts.View(r.Context(), rows...))
}

// page reads which part of a channel is asked for.
func page(r *Request) (p posts.Page, err error) {
	p = posts.Page{Channel: r.Channel.Channel.ID, RootsOnly: r.Flag("collapsedThreads"), WithoutRoots: r.Flag("skipFetchThreads"), IncludeDeleted: r.Flag("include_deleted")}
	if p.Number, p.Size, err = r.Page(); err != nil {
		return p, err
	}
	if p.Before, err = r.QueryID("before"); err != nil {
		return p, err
	}
	p.After, err = r.QueryID("after")
	return p, err
}

func (a *API) postsOfChannel(r *Request) (Response, error) {
	p, err := page(r)
	if err != nil {
		return Response{}, err
	}
	if p.IncludeDeleted && !r.Admin() {
		return Response{}, fault.Forbidden()
	}
	if r.Query().Get("since") != "" {
		since, err := r.Millis("since")
		if err != nil {
			return Response{}, err
		}
		return a.collapsedList(r)(a.Posts.Since(r.Context(), p, since))
	}
	if p.Newest() && !r.Flag("collapsedThreadsExtended") {
		return a.newest(r, p)
	}
	return a.collapsedList(r)(a.Posts.List(r.Context(), p))
}

// newest is the newest page of a channel, as it was written last where it still stands so. What those see who collapse threads is of who follows which.
func (a *API) newest(r *Request, p posts.Page) (Response, error) {
	known := a.Pages.Of(p)
	list, state, err := a.Posts.ListNewest(r.Context(), p, known)
	if err == nil && list == nil {
		follows, failed := a.followed(r, known.Roots)
		if text, found := a.Pages.Text(known, follows); found || failed != nil {
			return reply(text, failed)
		}
		list, state, err = a.Posts.ListNewest(r.Context(), p, nil)
	}
	answer, err := a.collapsedList(r)(list, err)
	if err == nil && state != nil {
		a.Pages.Keep(state, following(list), list)
	}
	return answer, err
}

func (a *API) unreadPosts(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	p, err := page(r)
	if err != nil {
		return Response{}, err
	}
	before, err := r.Number("limit_before", defaultPage)
	if err != nil {
		return Response{}, err
	}
	after, err := r.Number("limit_after", defaultPage)
	if err != nil {
		return Response{}, err
	}
	if after == 0 {
		return Response{}, fault.BadURL("limit_after", "a whole number, at least 1")
	}
	return a.collapsedList(r)(a.Posts.Unread(r.Context(), p, user, min(before, largestPage), min(after, largestPage)))
}

func (a *API) pinnedPosts(r *Request) (Response, error) {
	rows, err := a.DB.PinnedPosts(r.Context(), r.Channel.Channel.ID)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Posts.Ordered(r.Context(), rows))
}

// flaggedPosts are those that the user saved, which is a preference per post.
func (a *API) flaggedPosts(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	channel, err := r.QueryID("channel_id")
	if err != nil {
		return Response{}, err
	}
	marks, err := a.Preferences.List(r.Context(), user, "flagged_post")
	if err != nil {
		return Response{}, err
	}
	var ids []id.ID
	for _, m := range marks {
		if post, err := id.Parse(m.Name); err == nil {
			ids = append(ids, post)
		}
	}
	rows, err := a.Posts.ByIDs(r.Context(), user, ids)
	if err != nil {
		return Response{}, err
	}
	rows = slices.DeleteFunc(rows, func(p dbsql.Post) bool { return !channel.IsZero() && p.ChannelID != channel })
	slices.SortFunc(rows, func(x, y dbsql.Post) int { return int(y.CreateAt - x.CreateAt) })
	rows = rows[min(number*size, len(rows)):]
	return reply(a.Posts.Ordered(r.Context(), rows[:min(size, len(rows))]))
}

func (a *API) acknowledge(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Posts.Acknowledge(r.Context(), r.Post, user))
}

func (a *API) unacknowledge(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Posts.Unacknowledge(r.Context(), r.Post, user))
}
