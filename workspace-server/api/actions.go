package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/actions"
	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// onPostOrCookie needs to read the channel of the address's post: of one that is kept, or of one that only the user was shown, by its cookie.
func onPostOrCookie(a *API, r *Request) error {
	err := onPost(roles.ReadChannelContent)(a, r)
	if !fault.Is(err, fault.NotFound("post").ID) || !r.SignedIn() {
		return err
	}
	cookie, opens := a.cookie(r)
	if opens != nil {
		return err
	}
	return a.enterChannel(r, cookie.Channel, roles.ReadChannelContent)
}

// pressed is the body of an action, which buttons may leave out.
func pressed(r *Request) (wire.DoPostActionRequest, error) {
	if len(r.body) == 0 {
		return wire.DoPostActionRequest{}, nil
	}
	return decode[wire.DoPostActionRequest](r)
}

// cookie is the one that the body has, if it is the user's and of the address's post.
func (a *API) cookie(r *Request) (attachments.Cookie, error) {
	in, err := pressed(r)
	if err != nil {
		return attachments.Cookie{}, err
	}
	post, err := r.ID("post_id")
	if err != nil {
		return attachments.Cookie{}, err
	}
	c, err := a.Posts.Cookies.Open(in.Cookie)
	if err == nil && (c.User != r.User.ID || c.Post != post) {
		err = fault.NotFound("post")
	}
	return c, err
}

func (a *API) doAction(r *Request) (Response, error) {
	in, err := pressed(r)
	if err != nil {
		return Response{}, err
	}
	press := actions.Press{User: r.User, Channel: r.Channel.Channel, Action: r.Path("action_id"), Chosen: in.SelectedOption}
	if !r.Post.ID.IsZero() {
		press.Post = &r.Post
	} else {
		cookie, err := a.cookie(r)
		if err != nil {
			return Response{}, err
		}
		press.Cookie = &cookie
	}
	return reply(a.Actions.Do(r.Context(), press))
}

func (a *API) openDialog(r *Request) (Response, error) {
	in, err := decode[wire.OpenDialogRequest](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Actions.Open(r.Context(), in))
}

// filled is a dialog as its user has filled it in, whatever they say who they are.
func (a *API) filled(r *Request) (in wire.SubmitDialogRequest, err error) {
	if in, err = decode[wire.SubmitDialogRequest](r); err != nil {
		return in, err
	}
	in.UserID = r.User.ID
	if !in.TeamID.IsZero() {
		err = a.enterTeam(r, in.TeamID, roles.ViewTeam)
	}
	return in, err
}

func (a *API) submitDialog(r *Request) (Response, error) {
	in, err := a.filled(r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Actions.Submit(r.Context(), in))
}

func (a *API) lookupDialog(r *Request) (Response, error) {
	in, err := a.filled(r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Actions.Lookup(r.Context(), in))
}
