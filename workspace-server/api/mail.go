package api

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mailToBodys has a mail sent to the address in the body. It answers the same whether or not anybody has that.
func mailToBodys(send func(ctx context.Context, address string) error) Handler {
	return func(r *Request) (Response, error) {
		in, err := decode[struct{ Email string }](r)
		if err == nil && in.Email == "" {
			err = fault.BadBody("email", "an address")
		}
		if err != nil {
			return Response{}, err
		}
		return done(send(r.Context(), in.Email))
	}
}

// recoverAccount sets the password of who comes with a mailed link, and signs them out everywhere.
func (a *API) recoverAccount(r *Request) (Response, error) {
	in, err := decode[struct {
		Token string `json:"token"`
		Next  string `json:"new_password"`
	}](r)
	if err == nil && in.Token == "" {
		err = fault.BadBody("token", "that of the link that was mailed")
	}
	if err != nil {
		return Response{}, err
	}
	var ended func()
	err = a.Users.Recover(r.Context(), in.Token, in.Next, func(ctx context.Context, q *dbsql.Queries, user id.ID) (err error) {
		ended, err = a.Sessions.CloseIn(ctx, q, user)
		return err
	})
	if err == nil {
		ended()
	}
	return done(err)
}

func (a *API) confirmEmail(r *Request) (Response, error) {
	in, err := decode[struct{ Token string }](r)
	if err == nil && in.Token == "" {
		err = fault.BadBody("token", "that of the link that was mailed")
	}
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.Confirm(r.Context(), in.Token))
}

func (a *API) confirmEmailOf(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	u, err := a.Users.ConfirmFor(r.Context(), user)
	return a.oneUser(r, u, err)
}

// inviteByMail takes a list of addresses, or an object that says more. Asked gracefully, it answers for each address.
func (a *API) inviteByMail(r *Request) (Response, error) {
	var in wire.MemberInvite
	err := r.decodeTo(&in.Emails)
	if err != nil {
		in, err = decode[wire.MemberInvite](r)
	}
	if err != nil {
		return Response{}, err
	}
	graceful := r.Flag("graceful")
	answers, err := a.Teams.Invite(r.Context(), r.Team.Team, r.User, in, !graceful)
	return a.invited(r, answers, graceful, err)
}

func (a *API) dropInvitations(r *Request) (Response, error) {
	return done(a.Teams.DropInvitations(r.Context()))
}
