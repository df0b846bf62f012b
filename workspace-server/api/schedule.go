package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) schedulePost(r *Request) (Response, error) {
	in, err := decode[wire.ScheduledPost](r)
	if err != nil {
		return Response{}, err
	}
	in.UserID = r.User.ID
	return created(a.Schedule.Create(r.Context(), in, r.connection()))
}

func (a *API) updateScheduledPost(r *Request) (Response, error) {
	in, err := decode[wire.ScheduledPost](r)
	if err != nil {
		return Response{}, err
	}
	named, err := r.ID("scheduled_post_id")
	if err != nil {
		return Response{}, err
	}
	if in.ID != named {
		return Response{}, fault.BadBody("id", "that of the address")
	}
	in.UserID = r.User.ID
	return reply(a.Schedule.Update(r.Context(), in, r.connection()))
}

func (a *API) deleteScheduledPost(r *Request) (Response, error) {
	named, err := r.ID("scheduled_post_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Schedule.Delete(r.Context(), r.User.ID, named, r.connection()))
}

// scheduledPosts are those of a team under its id, and those of direct and group messages under a name of their own.
func (a *API) scheduledPosts(r *Request) (Response, error) {
	direct := r.Flag("includeDirectChannels")
	ofTeam, others, err := a.Schedule.List(r.Context(), r.User.ID, r.Team.Team.ID, direct)
	out := map[string][]*wire.ScheduledPost{r.Team.Team.ID.String(): ofTeam}
	if direct {
		out["directChannels"] = others
	}
	return reply(out, err)
}
