package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/workspace-server/control"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The states of an installation that the page knows.
const (
	stable   = "stable"
	updating = "update-in-progress"
)

// ipFilters tells from where the workspace may be reached, which whoever hosts it decides.
func (a *API) ipFilters(r *Request) (Response, error) {
	f, err := a.ipFilter(r)
	return reply(ranges(f), err)
}

func (a *API) ipFilter(r *Request) (f upcall.IPFilter, err error) {
	if a.Control == nil {
		return f, notHosted()
	}
	f, err = a.Control.IPFilter(r.Context())
	return f, a.asked(r, err)
}

// saveIPFilters has the whole list in force that the page shows, in the name of who asks.
func (a *API) saveIPFilters(r *Request) (Response, error) {
	if a.Control == nil {
		return Response{}, notHosted()
	}
	in, err := decode[[]wire.AllowedIPRange](r)
	if err != nil {
		return Response{}, err
	}
	save := upcall.Save{User: upcall.User{ID: r.User.ID.String(), Name: r.User.Username}, Rules: make([]upcall.IPRule, 0, len(in))}
	if from := a.from(r.Request); from.IsValid() {
		save.From = from.String()
	}
	for _, one := range in {
		if one.OwnerID != "" && !upcall.IsUser(one.OwnerID) {
			return Response{}, fault.BadBody("owner_id", "26 letters and digits, or nothing")
		}
		save.Rules = append(save.Rules, upcall.IPRule{Network: one.CIDRBlock, Name: one.Description, Enabled: one.Enabled, Owner: one.OwnerID})
	}
	ctx := context.WithoutCancel(r.Context()) // what is decided holds also where nobody waits for it
	f, err := a.Control.SaveIPFilter(ctx, save)
	return reply(ranges(f), a.asked(r, err))
}

// myAddress tells who asks from where: by that they are let in, or not.
func (a *API) myAddress(r *Request) (Response, error) {
	if a.Control == nil {
		return Response{}, notHosted()
	}
	var out wire.Address
	if from := a.from(r.Request); from.IsValid() {
		out.IP = from.String()
	}
	return reply(out, nil)
}

// installation tells whether what was saved is in force everywhere.
func (a *API) installation(r *Request) (Response, error) {
	f, err := a.ipFilter(r)
	out := wire.Installation{ID: a.Config.Settings().Admin.WorkspaceID, State: updating, AllowedIPRanges: ranges(f)}
	if f.Settled {
		out.State = stable
	}
	return reply(out, err)
}

func ranges(f upcall.IPFilter) []wire.AllowedIPRange {
	list := make([]wire.AllowedIPRange, 0, len(f.Rules))
	for _, rule := range f.Rules {
		list = append(list, wire.AllowedIPRange{CIDRBlock: rule.Network, Description: rule.Name, Enabled: rule.Enabled, OwnerID: rule.Owner})
	}
	return list
}

func notHosted() error {
	return fault.New(http.StatusNotImplemented, "api.context.ip_filtering.not_available.app_error", "Nobody hosts this workspace who could filter by network addresses.")
}

// asked is what an admin is told of the control plane's answer.
func (a *API) asked(r *Request, err error) error {
	var refused *control.Refused
	switch {
	case err == nil, errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return err
	case errors.As(err, &refused) && refused.Detail != "" && (refused.Status == http.StatusConflict || refused.Status == http.StatusUnprocessableEntity):
		return fault.New(http.StatusBadRequest, "api.ip_filtering.refused.app_error", "%s", refused.Detail)
	case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
		return fault.New(http.StatusTooManyRequests, "api.ip_filtering.too_often.app_error", "This was asked for too often. Try again in a minute.")
	}
	a.Log.Warn("the control plane did not answer", "request", r.RequestID, "error", err)
	return fault.New(http.StatusServiceUnavailable, "api.ip_filtering.away.app_error", "What hosts this workspace is not answering right now, and the IP filter stays as it is. Try again in a minute.")
}
