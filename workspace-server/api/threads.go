package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/notify"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/threads"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const defaultThreads = 30 // of a page

func (a *API) listThreads(r *Request) (Response, error) {
	p := threads.Page{Team: r.Team.Team.ID, Extended: r.Flag("extended"), IncludeDeleted: r.Flag("deleted"), UnreadOnly: r.Flag("unread"),
		ExcludeDirect: r.Flag("excludeDirect"), WithoutTotals: r.Flag("threadsOnly"), TotalsOnly: r.Flag("totalsOnly")}
	var err error
	if p.User, err = r.ID("user_id"); err != nil {
		return Response{}, err
	}
	if p.Size, err = threadsOfPage(r); err != nil {
		return Response{}, err
	}
	if p.Since, err = r.Millis("since"); err != nil {
		return Response{}, err
	}
	if p.Before, err = r.QueryID("before"); err != nil {
		return Response{}, err
	}
	if p.After, err = r.QueryID("after"); err != nil {
		return Response{}, err
	}
	switch {
	case !p.Before.IsZero() && !p.After.IsZero():
		return Response{}, fault.BadURL("after", "nothing beside before")
	case p.WithoutTotals && p.TotalsOnly:
		return Response{}, fault.BadURL("totalsOnly", "nothing beside threadsOnly")
	}
	return reply(a.Threads.List(r.Context(), p))
}

// threadsOfPage reads how many are asked for, which clients call by two names.
func threadsOfPage(r *Request) (int, error) {
	size, err := r.Number("per_page", defaultThreads)
	if err == nil {
		size, err = r.Number("pageSize", size)
	}
	if size == 0 {
		size = defaultThreads
	}
	return min(size, largestPage), err
}

func (a *API) readThreads(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	err = a.Threads.ReadTeam(r.Context(), user, r.Team.Team.ID)
	a.recount(r, user, err)
	return done(err)
}

func (a *API) followedThread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Threads.Get(r.Context(), user, r.Post.ID, r.Flag("extended")))
}

func (a *API) follow(follow bool) Handler {
	return func(r *Request) (Response, error) {
		user, err := r.ID("user_id")
		if err != nil {
			return Response{}, err
		}
		return done(a.Threads.Follow(r.Context(), user, r.Post, follow))
	}
}

func (a *API) readThread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	until, err := millis("timestamp", r.Path("timestamp"))
	if err != nil {
		return Response{}, err
	}
	t, err := a.Threads.Read(r.Context(), user, r.Post, until)
	if err == nil {
		a.Notify.Read(notify.Reading{User: user, Session: r.Session.ID, Channel: r.Post.ChannelID, Root: r.Post.ID, Concerned: true})
	}
	return reply(t, err)
}

// setThreadUnread takes a thread back to just before one of its posts.
func (a *API) setThreadUnread(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	from, err := r.ID("post_id")
	if err != nil {
		return Response{}, err
	}
	p, err := a.Posts.Find(r.Context(), from)
	if err != nil {
		return Response{}, err
	}
	if p.ID != r.Post.ID && p.RootID != r.Post.ID {
		return Response{}, fault.BadURL("post_id", "a post of the thread")
	}
	t, err := a.Threads.Read(r.Context(), user, r.Post, p.CreateAt-1)
	a.recount(r, user, err)
	return reply(t, err)
}

// collapsed adds to posts what clients that collapse threads show beside them.
func (a *API) collapsed(r *Request, views ...*wire.Post) error {
	if !r.Flag("collapsedThreads") {
		return nil
	}
	return a.Threads.Collapse(r.Context(), r.User.ID, r.Flag("collapsedThreadsExtended"), views)
}

func (a *API) collapsedList(r *Request) func(*wire.PostList, error) (Response, error) {
	return func(list *wire.PostList, err error) (Response, error) {
		if err != nil {
			return Response{}, err
		}
		views := make([]*wire.Post, 0, len(list.Posts))
		for _, v := range list.Posts {
			views = append(views, v)
		}
		return reply(list, a.collapsed(r, views...))
	}
}

// followed are those of the threads that who collapses them follows; none for others, to whom it makes no difference.
func (a *API) followed(r *Request, roots []id.ID) ([]id.ID, error) {
	if !r.Flag("collapsedThreads") || len(roots) == 0 {
		return nil, nil
	}
	return a.DB.ThreadsOf(r.Context(), dbsql.ThreadsOfParams{UserID: r.User.ID, RootIds: roots})
}

// following are those threads of a list that say that they are followed.
func following(list *wire.PostList) (follows []id.ID) {
	for _, p := range list.Posts {
		if p.IsFollowing != nil && *p.IsFollowing {
			follows = append(follows, p.ID)
		}
	}
	return follows
}
