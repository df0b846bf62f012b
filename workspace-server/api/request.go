package api

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
)

// Request is one call: who makes it, and what the route's rule has read on the way.
type Request struct {
	*http.Request
	RequestID string
	Session   dbsql.Session
	User      dbsql.User // zero when nobody is signed in
	Channel   channels.Access
	Team      teams.Access
	Post      dbsql.Post
	File      dbsql.File
	Upload    dbsql.Upload

	AccessToken dbsql.AccessToken

	owing *owing          // who asks, where they have to set up a second factor first: nobody, to what doesn't say otherwise
	ahead channels.Access // what was read with the session; the channel that is entered may be another

	byCookie bool
	query    url.Values // once it was asked for
	body     []byte
	sound    bool // of the body: it was checked
}

const (
	maxBody      = 300_000
	maxAddress   = 2048
	defaultPage  = 60
	largestPage  = 200
	bodyPatience = 30 * time.Second // for at most maxBody bytes
)

// Query is what the address asks, as it was understood the first time.
func (r *Request) Query() url.Values {
	if r.query == nil {
		r.query = r.URL.Query()
	}
	return r.query
}

// SignedIn reports whether the request belongs to somebody.
func (r *Request) SignedIn() bool { return !r.User.ID.IsZero() }

// ByApp reports whether an app asks, which somebody let act in their name.
func (r *Request) ByApp() bool { return sessions.OfApp(r.Session) }

// Admin reports whether the request belongs to a system admin.
func (r *Request) Admin() bool { return roles.Allow(r.User.Roles, roles.ManageSystem) }

// Path is a part of the address. Some clients escape more than they must, an @ for one, and chi leaves that as it is.
func (r *Request) Path(name string) string {
	text, err := url.PathUnescape(chi.URLParam(r.Request, name))
	if err != nil {
		return ""
	}
	return text
}

// ID reads an id from the address. For {user_id}, "me" is who asks.
func (r *Request) ID(name string) (id.ID, error) {
	text := r.Path(name)
	if name == "user_id" && text == "me" {
		if !r.SignedIn() {
			return id.ID{}, r.stranger()
		}
		return r.User.ID, nil
	}
	return parseID(name, text)
}

// parseID tells a text that could never be an id from one that no server made, which simply does not exist.
func parseID(name, text string) (id.ID, error) {
	parsed, err := id.Parse(text)
	if err == nil {
		return parsed, nil
	}
	if len(text) == id.Length && alphanumeric(text) {
		return id.ID{}, fault.New(http.StatusNotFound, "api.context.404.app_error", "There is nothing with that %s.", name)
	}
	return id.ID{}, fault.BadURL(name, "an id of 26 letters and digits")
}

func alphanumeric(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// QueryID reads an optional id from the query.
func (r *Request) QueryID(name string) (id.ID, error) {
	text := r.Query().Get(name)
	if text == "" {
		return id.ID{}, nil
	}
	return parseID(name, text)
}

// connection is the web socket beside which the client asks, which needs not be told what it does. Its id can be anything.
func (r *Request) connection() string {
	name := r.Header.Get("Connection-Id")
	if len(name) > id.Length || !alphanumeric(name) {
		return ""
	}
	return name
}

// Flag reads an optional boolean from the query.
func (r *Request) Flag(name string) bool {
	v, _ := strconv.ParseBool(r.Query().Get(name))
	return v
}

// Number reads an optional whole number from the query, at least 0.
func (r *Request) Number(name string, fallback int) (int, error) {
	text := r.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseUint(text, 10, 30)
	if err != nil {
		return 0, fault.BadURL(name, "a whole number, at least 0")
	}
	return int(n), nil
}

// Millis reads an optional time from the query.
func (r *Request) Millis(name string) (int64, error) {
	text := r.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	return millis(name, text)
}

func millis(name, text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fault.BadURL(name, "milliseconds since 1970")
	}
	return int64(n), nil
}

// Page reads which part of a list is asked for. A size above the largest is cut to it, as clients expect.
func (r *Request) Page() (number, size int, err error) {
	if number, err = r.Number("page", 0); err != nil {
		return 0, 0, err
	}
	if size, err = r.Number("per_page", defaultPage); err != nil {
		return 0, 0, err
	}
	if size == 0 {
		size = defaultPage
	}
	size = min(size, largestPage)
	if number > (1<<31-1)/size-1 {
		return 0, 0, fault.BadURL("page", "a page that a list can have")
	}
	return number, size, nil
}

// readBody takes the whole body, so that a rule can look into it before the handler does.
func (r *Request) readBody(w http.ResponseWriter, within time.Duration) error {
	if r.Body == nil {
		return nil
	}
	slow := http.NewResponseController(w)
	_ = slow.SetReadDeadline(time.Now().Add(within)) // not every writer has one
	body, err := io.ReadAll(r.limited(w, maxBody))
	if err != nil { // the rest of the body is not waited for either, which would be before the answer
		w.Header().Set("Connection", "close")
		return err
	}
	_ = slow.SetReadDeadline(time.Time{})
	r.body = body
	return nil
}
