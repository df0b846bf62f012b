package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/attributes"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) listAttributes(r *Request) (Response, error) {
	return reply(a.Attributes.All(r.Context()))
}

func (a *API) createAttribute(r *Request) (Response, error) {
	in, err := decode[wire.AttributePatch](r)
	if err != nil {
		return Response{}, err
	}
	return created(a.Attributes.Create(r.Context(), in, r.User.ID))
}

func (a *API) patchAttribute(r *Request) (Response, error) {
	attribute, err := r.ID("field_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.AttributePatch](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Attributes.Update(r.Context(), attribute, in, r.User.ID))
}

func (a *API) deleteAttribute(r *Request) (Response, error) {
	attribute, err := r.ID("field_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Attributes.Delete(r.Context(), attribute))
}

// attributesOfUser are what a user says of themselves; what is hidden, only they and admins see.
func (a *API) attributesOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if _, err := a.other(r, user); err != nil {
		return Response{}, err
	}
	return reply(a.Attributes.Of(r.Context(), user, user == r.User.ID || r.Admin()))
}

func (a *API) setOwnAttributes(r *Request) (Response, error) { return a.say(r, r.User.ID) }

func (a *API) setAttributesOfUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if _, err := a.Users.Get(r.Context(), user); err != nil {
		return Response{}, err
	}
	return a.say(r, user)
}

func (a *API) say(r *Request, user id.ID) (Response, error) {
	values, err := decode[attributes.Values](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Attributes.Say(r.Context(), user, values, r.Admin()))
}
