package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// The cookies of a browser's session; pages read the last two.
const (
	tokenCookie = "MMAUTHTOKEN"
	userCookie  = "MMUSERID"
	csrfCookie  = "MMCSRF"
)

// bearing is how a token comes.
type bearing int

const (
	byHeader bearing = iota
	byCookie
	byQuery // as programs may, and nobody else: addresses are kept in too many places
)

// token finds the session token of a request: the cookie first, then the header, then the query, as the protocol has it. A header that is
// there twice says nothing: whoever was before us may have taken the other one.
func token(r *http.Request) (token string, by bearing) {
	if c, err := r.Cookie(tokenCookie); err == nil && c.Value != "" {
		return c.Value, byCookie
	}
	if len(r.Header.Values("Authorization")) > 1 {
		return "", byHeader
	}
	kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, "token") {
		return strings.TrimSpace(value), byHeader
	}
	if r.URL.RawQuery == "" {
		return "", byHeader
	}
	return r.URL.Query().Get("access_token"), byQuery
}

// authenticate finds out who asks. A token that is no good counts as none: the rule decides whether one is needed.
func (a *API) authenticate(r *Request, route Route) error {
	t, by := token(r.Request)
	if t == "" {
		return nil
	}
	session, user, err := a.sessionOf(r, route, t)
	if fault.Is(err, fault.Unauthenticated().ID) {
		return nil
	}
	if err != nil {
		return err
	}
	if by == byQuery && !sessions.OfProgram(session) {
		return fault.New(http.StatusUnauthorized, "api.context.token_provided.app_error", "A person's session is not taken from an address: only an app's, or an access token.")
	}
	if by == byCookie && !safe(r.Method) && subtle.ConstantTimeCompare([]byte(r.Header.Get("X-CSRF-Token")), []byte(session.Csrf)) != 1 {
		return nil // another site's page can send the cookie, but not know this
	}
	r.byCookie = by == byCookie
	if a.Sessions.Owes(session, user) {
		r.owing = &owing{session, user}
		return nil
	}
	r.Session, r.User = session, user
	return a.Sessions.Note(r.Context(), session, a.from(r.Request))
}

// sessionOf tells whose the token is, and where the request is about a channel reads that ahead.
func (a *API) sessionOf(r *Request, route Route, token string) (dbsql.Session, dbsql.User, error) {
	if channel := r.about(route); !channel.IsZero() {
		row, found, err := a.Sessions.FindIn(r.Context(), token, channel)
		if err != nil || found {
			r.ahead = channels.AccessBy(row)
			return row.Session, row.User, err
		}
	}
	return a.Sessions.Find(r.Context(), token)
}

// about is the channel that the request names, if it does; whether rightly so is for the route's rule to say.
func (r *Request) about(route Route) id.ID {
	if route.Body == ofChannel {
		var body struct {
			ChannelID id.ID `json:"channel_id"`
		}
		_ = r.decodeTo(&body)
		return body.ChannelID
	}
	channel, _ := id.Parse(chi.URLParam(r.Request, "channel_id"))
	return channel
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// setCookies signs a browser in.
func (a *API) setCookies(w http.ResponseWriter, o sessions.Opened) {
	for _, c := range []http.Cookie{
		{Name: tokenCookie, Value: o.Token, HttpOnly: true},
		{Name: userCookie, Value: o.UserID.String()},
		{Name: csrfCookie, Value: o.CSRF},
	} {
		c.Path, c.MaxAge, c.Secure, c.SameSite = "/", int(a.Config.Settings().SessionLength.Seconds()), a.secure(), http.SameSiteLaxMode
		http.SetCookie(w, &c)
	}
}

// secure reports whether browsers come by TLS alone.
func (a *API) secure() bool {
	site := a.Config.Settings().SiteURL
	return site != nil && site.Scheme == "https"
}

func dropCookies(w http.ResponseWriter) {
	for _, name := range []string{tokenCookie, userCookie, csrfCookie} {
		http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1})
	}
}

// origin is what the session's owner can recognise it by.
func origin(r *http.Request, device string) sessions.Origin {
	agent := r.UserAgent()
	if len(agent) > 128 {
		agent = agent[:128]
	}
	return sessions.Origin{Device: device, Browser: strings.ToValidUTF8(agent, "")}
}

// webSocket upgrades a request. Who has no session yet may bring its token over the socket.
func (a *API) webSocket(w http.ResponseWriter, raw *http.Request) {
	r := &Request{Request: raw, RequestID: id.New().String()}
	if a.draining.Load() {
		w.Header().Set("Retry-After", "1")
		a.fail(w, r, fault.New(http.StatusServiceUnavailable, "api.context.draining.app_error", "The server restarts; come back in a moment."))
		return
	}
	if !a.ownPage(raw) { // it could use its visitor's cookie
		a.fail(w, r, fault.Forbidden())
		return
	}
	if err := a.authenticate(r, Route{}); err != nil {
		a.fail(w, r, err)
		return
	}
	if r.owing != nil {
		a.fail(w, r, errOwing)
		return
	}
	var who *realtime.Principal
	if r.SignedIn() {
		p := principal(r.Session, r.User)
		who = &p
	}
	expected, err := r.Number("sequence_number", 0)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if a.Hub.Accept(w, raw, who, raw.URL.Query().Get("connection_id"), int64(expected), a.authenticateSocket) != nil {
		a.fail(w, r, fault.New(http.StatusBadRequest, "api.web_socket.connect.upgrade.app_error", "This address takes web sockets only."))
	}
}

// ownPage reports whether a request comes from the workspace's own pages, or from a program, which names no origin.
func (a *API) ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host || origin == "https://"+r.Host ||
		(a.Config.Settings().SiteURL != nil && origin == a.Config.Settings().SiteURL.String())
}

func (a *API) authenticateSocket(token string) (realtime.Principal, bool) {
	session, user, err := a.Sessions.Find(context.Background(), token)
	return principal(session, user), err == nil && !a.Sessions.Owes(session, user)
}

func principal(s dbsql.Session, u dbsql.User) realtime.Principal {
	return realtime.Principal{User: u.ID, Session: s.ID, Admin: roles.Allow(u.Roles, roles.ManageSystem)}
}
