package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) categories(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Sidebar.Of(r.Context(), user, r.Team.Team.ID))
}

func (a *API) categoryOrder(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	out, err := a.Sidebar.Of(r.Context(), user, r.Team.Team.ID)
	return reply(out.Order, err)
}

func (a *API) setCategoryOrder(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	order, err := decode[[]string](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Sidebar.Reorder(r.Context(), user, r.Team.Team.ID, order))
}

func (a *API) category(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Sidebar.One(r.Context(), user, r.Team.Team.ID, r.Path("category_id")))
}

func (a *API) createCategory(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.SidebarCategory](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Sidebar.Create(r.Context(), user, r.Team.Team.ID, in))
}

func (a *API) updateCategories(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	list, err := decode[[]wire.SidebarCategory](r)
	if err != nil {
		return Response{}, err
	}
	if len(list) == 0 || len(list) > largestPage {
		return Response{}, fault.BadBody("categories", "a list of 1 to 200 categories")
	}
	return reply(a.Sidebar.Update(r.Context(), user, r.Team.Team.ID, list))
}

func (a *API) updateCategory(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.SidebarCategory](r)
	if err != nil {
		return Response{}, err
	}
	in.ID = r.Path("category_id")
	out, err := a.Sidebar.Update(r.Context(), user, r.Team.Team.ID, []wire.SidebarCategory{in})
	if err != nil {
		return Response{}, err
	}
	return reply(out[0], nil)
}

func (a *API) deleteCategory(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Sidebar.Delete(r.Context(), user, r.Team.Team.ID, r.Path("category_id")))
}
