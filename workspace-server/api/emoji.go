package api

import (
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/emoji"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// createEmoji takes a form: the image, and what it is called as JSON.
func (a *API) createEmoji(r *Request) (Response, error) {
	var made *wire.Emoji
	err := drawn(r, emoji.MaxImage, func(picture []byte, fields map[string]string) error {
		r.body = []byte(fields["emoji"])
		in, err := decode[struct {
			Name      string `json:"name"`
			CreatorID id.ID  `json:"creator_id"`
		}](r)
		if err != nil {
			return err
		}
		if !in.CreatorID.IsZero() && in.CreatorID != r.User.ID {
			return fault.Forbidden()
		}
		made, err = a.Emoji.Create(r.Context(), r.User.ID, in.Name, picture)
		return err
	})
	return created(made, err)
}

func (a *API) listEmoji(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	sort := r.Query().Get("sort")
	if sort != "" && sort != "name" {
		return Response{}, fault.BadURL("sort", "name, or nothing")
	}
	return reply(a.Emoji.List(r.Context(), number, size, sort == "name"))
}

func (a *API) searchEmoji(r *Request) (Response, error) {
	in, err := decode[struct {
		Term       string `json:"term"`
		PrefixOnly bool   `json:"prefix_only"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.Term == "" {
		return Response{}, fault.BadBody("term", "a part of an emoji's name")
	}
	return reply(a.Emoji.Search(r.Context(), pattern(in.Term), in.PrefixOnly, largestPage))
}

func (a *API) autocompleteEmoji(r *Request) (Response, error) {
	name := r.Query().Get("name")
	if name == "" {
		return Response{}, fault.BadURL("name", "the beginning of an emoji's name")
	}
	return reply(a.Emoji.Search(r.Context(), pattern(name), true, 100))
}

func (a *API) emojiByName(r *Request) (Response, error) {
	list, err := a.Emoji.ByNames(r.Context(), r.Path("emoji_name"))
	if err == nil && len(list) == 0 {
		err = fault.NotFound("emoji")
	}
	if err != nil {
		return Response{}, err
	}
	return reply(list[0], nil)
}

func (a *API) emojiByNames(r *Request) (Response, error) {
	names, err := decode[[]string](r)
	if err != nil {
		return Response{}, err
	}
	if len(names) > largestPage {
		return Response{}, fault.BadBody("names", "at most 200 names")
	}
	return reply(a.Emoji.ByNames(r.Context(), slices.DeleteFunc(names, func(n string) bool { return !emoji.IsName(n) })...))
}

func (a *API) oneEmoji(r *Request) (dbsql.Emoji, error) {
	e, err := r.ID("emoji_id")
	if err != nil {
		return dbsql.Emoji{}, err
	}
	return a.Emoji.Find(r.Context(), e)
}

func (a *API) emojiByID(r *Request) (Response, error) {
	e, err := a.oneEmoji(r)
	return reply(posts.Emoji(e), err)
}

func (a *API) emojiImage(r *Request) (Response, error) {
	e, err := a.oneEmoji(r)
	if err != nil {
		return Response{}, err
	}
	content, kind, err := a.kept(r, files.Emoji, e.ID)
	return shown(content, kind, aMonth), err
}

func (a *API) deleteEmoji(r *Request) (Response, error) {
	e, err := a.oneEmoji(r)
	if err != nil {
		return Response{}, err
	}
	if e.CreatorID != r.User.ID && !roles.Allow(r.User.Roles, roles.DeleteOthersEmoji) {
		return Response{}, fault.Forbidden()
	}
	return done(a.Emoji.Delete(r.Context(), e.ID))
}
