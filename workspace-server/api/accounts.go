package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) login(r *Request) (Response, error) {
	in, err := decode[struct {
		ID       id.ID  `json:"id"`
		LoginID  string `json:"login_id"`
		Password string `json:"password"`
		DeviceID string `json:"device_id"`
		Token    string `json:"token"` // of a second factor
		LDAPOnly string `json:"ldap_only"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	switch {
	case in.LDAPOnly == "true":
		return Response{}, fault.New(http.StatusNotImplemented, "api.user.login_ldap.not_available.app_error", "This workspace has no LDAP.")
	case in.Password == "":
		return Response{}, fault.New(http.StatusBadRequest, "api.user.login.blank_pwd.app_error", "The password must not be empty.")
	case len(in.DeviceID) > 512:
		return Response{}, fault.BadBody("device_id", "at most 512 characters")
	}
	u, opened, err := a.signInBy(r, in.LoginID, in.ID, in.Password, in.Token, in.DeviceID)
	if err != nil {
		return Response{}, err
	}
	return a.signedInAs(r, u, opened)
}

// signInBy opens a session by a password, and the code of who has a second factor.
func (a *API) signInBy(r *Request, login string, user id.ID, password, code, device string) (u dbsql.User, opened sessions.Opened, err error) {
	u, err = a.Users.Login(r.Context(), login, user, password, strings.TrimSpace(code), func(ctx context.Context, q *dbsql.Queries, u dbsql.User) (err error) {
		opened, err = a.Sessions.OpenIn(ctx, q, u.ID, origin(r.Request, device))
		return err
	})
	if err == nil && device != "" {
		err = a.Sessions.OnlyOn(r.Context(), device, opened.ID)
	}
	if err == nil {
		err = a.Sessions.Forget(r.Context())
	}
	return u, opened, err
}

// signedInAs tells the token by header; browsers, which say so, get cookies as well.
func (a *API) signedInAs(r *Request, u dbsql.User, o sessions.Opened) (Response, error) {
	browser := r.Header.Get("X-Requested-With") == "XMLHttpRequest"
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Token", o.Token)
		if browser {
			a.setCookies(w, o)
		}
		writeJSON(w, http.StatusOK, users.ForSelf(u))
	}}, nil
}

func (a *API) loginType(*Request) (Response, error) { return reply(wire.LoginType{}, nil) }

func (a *API) logout(r *Request) (Response, error) {
	t, _ := token(r.Request) // even without its CSRF token: who asks to leave may
	session, _, err := a.Sessions.Find(r.Context(), t)
	if err == nil {
		err = a.Sessions.Close(r.Context(), session.ID)
	}
	if err != nil && !fault.Is(err, fault.Unauthenticated().ID) {
		return Response{}, err
	}
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) {
		dropCookies(w)
		writeJSON(w, http.StatusOK, status{"OK"})
	}}, nil
}

func (a *API) changePassword(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		Current string `json:"current_password"`
		Next    string `json:"new_password"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if user == r.User.ID {
		err = a.Users.ChangePassword(r.Context(), user, in.Current, in.Next)
	} else {
		err = a.Users.ResetPassword(r.Context(), user, in.Next)
	}
	if err != nil {
		return Response{}, err
	}
	keep := r.Session.ID
	if user != r.User.ID {
		keep = id.ID{}
	}
	return done(a.Sessions.CloseAll(r.Context(), user, keep))
}

func (a *API) unlockUser(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.Unlock(r.Context(), user))
}

func (a *API) setUserRoles(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct{ Roles string }](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Users.SetRoles(r.Context(), user, in.Roles))
}

func (a *API) deactivateUser(r *Request) (Response, error) { return a.activate(r, false) }

func (a *API) setUserActive(r *Request) (Response, error) {
	in, err := decode[struct{ Active *bool }](r)
	if err != nil {
		return Response{}, err
	}
	if in.Active == nil {
		return Response{}, fault.BadBody("active", "true or false")
	}
	if *in.Active && !r.Admin() {
		return Response{}, fault.Forbidden()
	}
	return a.activate(r, *in.Active)
}

func (a *API) activate(r *Request, active bool) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.setActive(r.Context(), user, active))
}

func (a *API) listSessions(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.SessionsOfUser(r.Context(), dbsql.SessionsOfUserParams{UserID: user, Now: a.Now.Millis()})
	out := make([]wire.Session, len(rows))
	for i, s := range rows {
		out[i] = sessions.View(s, r.User.Roles)
	}
	return reply(out, err)
}

func (a *API) revokeSession(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		SessionID id.ID `json:"session_id"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Sessions.CloseOf(r.Context(), user, in.SessionID))
}

func (a *API) revokeSessions(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return done(a.Sessions.CloseAll(r.Context(), user, id.ID{}))
}

func (a *API) attachDevice(r *Request) (Response, error) {
	in, err := decode[struct {
		DeviceID string `json:"device_id"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.DeviceID == "" || len(in.DeviceID) > 512 {
		return Response{}, fault.BadBody("device_id", "1 to 512 characters")
	}
	return done(a.Sessions.SetDevice(r.Context(), r.Session, in.DeviceID))
}

func (a *API) typing(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[struct {
		ChannelID id.ID  `json:"channel_id"`
		ParentID  string `json:"parent_id"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if err := a.enterChannel(r, in.ChannelID, roles.CreatePost); err != nil {
		return Response{}, err
	}
	a.Hub.TypingIn(user, in.ChannelID, in.ParentID)
	return done(nil)
}

func (a *API) statuses(r *Request) (Response, error) {
	ids, err := idList(r, "user_ids")
	if err == nil {
		ids, err = a.Users.Seen(r.Context(), r.User, ids...)
	}
	out := make([]wire.Status, len(ids))
	for i, user := range ids {
		out[i] = a.Hub.Status(user)
	}
	return reply(out, err)
}

func (a *API) status(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	seen, err := a.Users.Seen(r.Context(), r.User, user)
	if err == nil && len(seen) == 0 {
		err = fault.NotFound("user")
	}
	return reply(a.Hub.Status(user), err)
}

func (a *API) setStatus(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.Status](r)
	if err != nil {
		return Response{}, err
	}
	switch in.Status {
	case realtime.Online, realtime.Away, realtime.Offline, realtime.DND:
	default:
		return Response{}, fault.BadBody("status", "online, away, offline or dnd")
	}
	return reply(a.Users.SetStatus(r.Context(), user, in.Status, in.DNDEndTime))
}
