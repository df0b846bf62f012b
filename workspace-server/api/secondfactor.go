package api

import (
	"cmp"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// offerSecondFactor is for whoever sets one up for themselves: nobody else has their device.
func (a *API) offerSecondFactor(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if user != r.User.ID {
		return Response{}, fault.Forbidden()
	}
	s := a.Config.Settings()
	host := ""
	if s.SiteURL != nil {
		host = s.SiteURL.Hostname() // a label has no colon
	}
	return reply(a.Users.OfferSecondFactor(r.Context(), r.User, cmp.Or(host, s.SiteName)))
}

// setSecondFactor takes one up, by a code, or removes it: one's own, or as an admin that of somebody who has lost their device.
func (a *API) setSecondFactor(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		Activate *bool  `json:"activate"`
		Code     string `json:"code"`
	}](r)
	switch {
	case err != nil:
		return Response{}, err
	case in.Activate == nil:
		return Response{}, fault.BadBody("activate", "true or false")
	case !*in.Activate:
		if err := a.Users.DropSecondFactor(r.Context(), user); err != nil {
			return Response{}, err
		}
		return done(a.Sessions.CutOwing(r.Context(), user))
	case user != r.User.ID:
		return Response{}, fault.Forbidden()
	case !a.Config.Settings().Enabled.SecondFactors:
		return Response{}, errNoSecondFactors
	case in.Code == "":
		return Response{}, fault.BadBody("code", "six digits of the device")
	}
	return done(a.Users.TakeUpSecondFactor(r.Context(), user, strings.TrimSpace(in.Code)))
}
