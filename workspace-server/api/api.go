// Package api owns the HTTP face of the chat protocol: the table of routes with the rule that guards each, and the
// translation between requests and the packages that do the work. It never contains a business rule or SQL.
package api

//go:generate go test -count=1 -run TestTheRouteMatrixIsAsCommitted -matrix.write .

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/longhouse-dev/longhouse/workspace-server/actions"
	"github.com/longhouse-dev/longhouse/workspace-server/attributes"
	"github.com/longhouse-dev/longhouse/workspace-server/bookmarks"
	"github.com/longhouse-dev/longhouse/workspace-server/bus"
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/commands"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/control"
	"github.com/longhouse-dev/longhouse/workspace-server/drafts"
	"github.com/longhouse-dev/longhouse/workspace-server/due"
	"github.com/longhouse-dev/longhouse/workspace-server/emoji"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/front"
	"github.com/longhouse-dev/longhouse/workspace-server/groups"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/notify"
	"github.com/longhouse-dev/longhouse/workspace-server/oauth"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/preferences"
	"github.com/longhouse-dev/longhouse/workspace-server/reactions"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/reminders"
	"github.com/longhouse-dev/longhouse/workspace-server/schedule"
	"github.com/longhouse-dev/longhouse/workspace-server/search"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/sidebar"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/threads"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
)

// API answers the protocol's requests.
type API struct {
	Config      *config.Book
	Now         clock.Clock
	Log         *slog.Logger
	DB          *store.DB
	Hub         *realtime.Hub
	Bus         *bus.Tap
	Users       *users.Directory
	Sessions    *sessions.Book
	Teams       *teams.Directory
	Channels    *channels.Directory
	Posts       *posts.Log
	Pages       *posts.Pages
	Reactions   *reactions.Log
	Files       *files.Vault
	Preferences *preferences.Book
	Drafts      *drafts.Book
	Sidebar     *sidebar.Book
	Threads     *threads.Book
	Emoji       *emoji.Book
	Hooks       *hooks.Book
	Commands    *commands.Runner
	Actions     *actions.Runner
	Schedule    *schedule.Book
	Bookmarks   *bookmarks.Shelf
	Reminders   *reminders.Book
	Attributes  *attributes.Book
	OAuth       *oauth.Provider
	Groups      *groups.Book
	Search      *search.Finder
	Mail        *mail.Outbox
	Notify      *notify.Crier
	Due         *due.Ledger
	Control     *control.Plane    // nil: nobody hosts this workspace
	Pace        *throttle.Limiter // nil: everybody asks as often as they like

	Requests atomic.Int64 // answered so far
	Failures atomic.Int64 // of those, with a 5xx of our own making
	Underway atomic.Int64 // being answered now
	draining atomic.Bool

	bodyWithin time.Duration // bodyPatience when zero
}

// Prefix is where the protocol's routes begin.
const Prefix = "/api/v4"

// Handler serves every route. It panics when a route has no rule: whoever adds one decides who may call it.
func (a *API) Handler() http.Handler {
	mux := chi.NewRouter()
	mux.Use(a.count, a.paceByAddress, middleware.GetHead)
	for _, route := range a.Routes() {
		if route.Rule == nil {
			panic("route without a rule: " + route.Method + " " + route.Path)
		}
		mux.Method(route.Method, Prefix+route.Path, a.adapt(route))
	}
	mux.Get(Prefix+"/websocket", a.webSocket)
	mux.Get(Prefix+"/websocket/", a.webSocket)
	mux.HandleFunc(sessions.LinkPath, a.signInLink)
	mux.Post(hookPath, a.adapt(Route{Rule: withIncoming(anyone), Handler: a.takeHook}))
	mux.Get(publicPath, a.adapt(Route{Rule: anyone, Handler: a.publicFile}))
	mux.Post(laterPath, a.adapt(Route{Rule: withCommands(anyone), Handler: a.takeLater}))
	mux.Get(front.FilesPath+"{file}", a.pageFile)
	mux.Get("/", a.home)
	a.mailedPages(mux)
	a.appPages(mux)
	absent := a.adapt(Route{Rule: anyone, Handler: a.absent, Body: unread})
	mux.NotFound(absent)
	mux.MethodNotAllowed(absent)
	return mux
}

// count has whoever would stop the server know that somebody is being answered. A web socket is a request until it is one.
func (a *API) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Underway.Add(1)
		defer a.Underway.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// Drain refuses new web sockets from now on.
func (a *API) Drain() { a.draining.Store(true) }
