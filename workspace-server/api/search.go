package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/search"
)

const (
	mostTerms  = 1000 // bytes
	mostOffset = 14 * 60 * 60
)

// searchPosts looks in the team of the address, or where there is none in all that the user is in.
func (a *API) searchPosts(r *Request) (Response, error) {
	in, err := searched(r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Search.Find(r.Context(), in))
}

// searchFiles does so for files.
func (a *API) searchFiles(r *Request) (Response, error) {
	in, err := searched(r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Search.FindFiles(r.Context(), in))
}

func searched(r *Request) (out search.Request, err error) {
	in, err := decode[struct {
		Terms           string `json:"terms"`
		AnyOf           bool   `json:"is_or_search"`
		Offset          int    `json:"time_zone_offset"`
		IncludeArchived bool   `json:"include_deleted_channels"`
		Page            int    `json:"page"`
		PerPage         int    `json:"per_page"`
	}](r)
	if err != nil {
		return out, err
	}
	if in.PerPage == 0 {
		in.PerPage = defaultPage
	}
	switch {
	case in.Terms == "" || len(in.Terms) > mostTerms:
		return out, fault.BadBody("terms", "1 to 1000 bytes of what to look for")
	case in.Offset < -mostOffset || in.Offset > mostOffset:
		return out, fault.BadBody("time_zone_offset", "seconds from UTC, at most 14 hours")
	case in.Page < 0 || in.Page > 10_000 || in.PerPage < 0:
		return out, fault.BadBody("page", "0 to 10000")
	}
	return search.Request{User: r.User.ID, Team: r.Team.Team.ID, Locale: r.User.Locale, Terms: in.Terms, AnyOf: in.AnyOf, East: in.Offset,
		IncludeArchived: in.IncludeArchived, Page: in.Page, Size: min(in.PerPage, largestPage)}, nil
}
