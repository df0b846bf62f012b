package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
)

// Rule decides whether a request may go on to its handler, and leaves there what it had to read for that.
type Rule func(a *API, r *Request) error

// anyone needs no session.
func anyone(*API, *Request) error { return nil }

// signedIn needs a session.
func signedIn(_ *API, r *Request) error {
	if !r.SignedIn() {
		return r.stranger()
	}
	return nil
}

// system needs a permission in the whole workspace.
func system(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		return allowed(roles.Allow(r.User.Roles, want))
	}
}

// self needs to be the user in the address, or someone who may edit others.
func self(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	user, err := r.ID("user_id")
	if err != nil {
		return err
	}
	return allowed(user == r.User.ID || roles.Allow(r.User.Roles, roles.EditOtherUsers))
}

// own needs to be the user in the address: what somebody writes is no admin's to see before it is said.
func own(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	user, err := r.ID("user_id")
	if err != nil {
		return err
	}
	return allowed(user == r.User.ID)
}

// inTeam needs a permission in the team of the address.
func inTeam(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		team, err := r.ID("team_id")
		if err != nil {
			return err
		}
		return a.enterTeam(r, team, want)
	}
}

// inNamedTeam is inTeam where the address has the team's name.
func inNamedTeam(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		team, err := a.teamByName(r)
		if err != nil {
			return err
		}
		return a.enterTeam(r, team.ID, want)
	}
}

func (a *API) enterTeam(r *Request, team id.ID, want roles.Permission) (err error) {
	if r.Team, err = a.Teams.Access(r.Context(), team, r.User.ID); err != nil {
		return err
	}
	return allowed(r.Team.Allow(r.User.Roles, want))
}

// inChannel needs a permission in the channel of the address.
func inChannel(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		channel, err := r.ID("channel_id")
		if err != nil {
			return err
		}
		return a.enterChannel(r, channel, want)
	}
}

// toBodysChannel needs to be able to post in the channel that the body names.
func toBodysChannel(a *API, r *Request) error { return inBodysChannel(a, r, roles.CreatePost) }

// readsBodysChannel needs to read it.
func readsBodysChannel(a *API, r *Request) error {
	return inBodysChannel(a, r, roles.ReadChannelContent)
}

func inBodysChannel(a *API, r *Request, want roles.Permission) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	var body struct {
		ChannelID id.ID `json:"channel_id"`
	}
	if err := r.decodeTo(&body); err != nil {
		return err
	}
	if body.ChannelID.IsZero() {
		return fault.BadBody("channel_id", "the id of a channel")
	}
	return a.enterChannel(r, body.ChannelID, want)
}

// inQuerysChannel needs a permission in the channel that the query names; without one the handler asks by itself.
func inQuerysChannel(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		channel, err := r.QueryID("channel_id")
		if err != nil || channel.IsZero() {
			return err
		}
		return a.enterChannel(r, channel, want)
	}
}

// manageChannel needs what the channel's type asks for.
func manageChannel(public, private roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := inChannel(roles.ReadChannel)(a, r); err != nil {
			return err
		}
		want := private
		switch r.Channel.Channel.Type {
		case channels.Public:
			want = public
		case channels.Direct, channels.Group:
			return allowed(r.Channel.Member)
		}
		return allowed(r.Channel.Allow(r.User.Roles, want))
	}
}

func (a *API) enterChannel(r *Request, channel id.ID, want roles.Permission) (err error) {
	if r.Channel = r.ahead; r.Channel.Channel.ID != channel {
		if r.Channel, err = a.Channels.Access(r.Context(), channel, r.User.ID); err != nil {
			return err
		}
	}
	return allowed(r.Channel.Allow(r.User.Roles, want))
}

// onPost needs a permission in the channel of the address's post. Who can't read the channel can't tell whether the
// post exists.
func onPost(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		post, err := r.ID("post_id")
		if err != nil {
			return err
		}
		return a.enterPost(r, post, want)
	}
}

// onThread needs to read the channel of the address's thread, which is one of the address's team or of direct and group messages.
func onThread(a *API, r *Request) error {
	if err := inTeam(roles.ViewTeam)(a, r); err != nil {
		return err
	}
	root, err := r.ID("thread_id")
	if err != nil {
		return err
	}
	if err := a.enterPost(r, root, roles.ReadChannelContent); err != nil {
		return err
	}
	if team := r.Channel.Channel.TeamID; !r.Post.RootID.IsZero() || (!team.IsZero() && team != r.Team.Team.ID) {
		return fault.NotFound("thread")
	}
	return nil
}

// onBodysPost is onPost where the body names the post.
func onBodysPost(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := signedIn(a, r); err != nil {
			return err
		}
		var body struct {
			PostID id.ID `json:"post_id"`
		}
		if err := r.decodeTo(&body); err != nil {
			return err
		}
		if body.PostID.IsZero() {
			return fault.BadBody("post_id", "the id of a post")
		}
		return a.enterPost(r, body.PostID, want)
	}
}

func (a *API) enterPost(r *Request, post id.ID, want roles.Permission) (err error) {
	if r.Post, err = a.Posts.Find(r.Context(), post); err != nil {
		return err
	}
	return a.enterChannel(r, r.Post.ChannelID, want)
}

// both needs two rules to agree.
func both(first, second Rule) Rule {
	return func(a *API, r *Request) error {
		if err := first(a, r); err != nil {
			return err
		}
		return second(a, r)
	}
}

// byPerson needs that no app asks, though somebody let it act in their name: what would outlast that, or let others in, is theirs alone.
func byPerson(rule Rule) Rule {
	return both(rule, func(_ *API, r *Request) error { return allowed(!r.ByApp()) })
}

func allowed(yes bool) error {
	if !yes {
		return fault.Forbidden()
	}
	return nil
}
