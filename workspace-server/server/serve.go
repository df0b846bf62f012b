// Package server owns a workspace's process: it puts the parts together, listens, and ends in good order. It never
// knows what a request means.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/actions"
	"github.com/longhouse-dev/longhouse/workspace-server/admin"
	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
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
	"github.com/longhouse-dev/longhouse/workspace-server/groups"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/notify"
	"github.com/longhouse-dev/longhouse/workspace-server/oauth"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/preferences"
	"github.com/longhouse-dev/longhouse/workspace-server/previews"
	"github.com/longhouse-dev/longhouse/workspace-server/reactions"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/reminders"
	"github.com/longhouse-dev/longhouse/workspace-server/schedule"
	"github.com/longhouse-dev/longhouse/workspace-server/search"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/sidebar"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/threads"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
	"github.com/longhouse-dev/longhouse/workspace-server/trigger"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
)

// finishRequests is how long requests under way have to end once the server is asked to.
const finishRequests = 20 * time.Second

// Serve runs a workspace until the context ends, and drains it then.
func Serve(ctx context.Context, s config.Settings, log *slog.Logger) error {
	if s.Admin.WorkspaceID != "" { // whose it is; nobody knows it by its instance
		log = log.With("workspace", s.Admin.WorkspaceID)
	}
	given, err := inherit(s.Sockets)
	if err != nil {
		return err
	}
	s.Dial = given.dial
	db, err := store.Open(s.DataSource, s.Dial)
	if err != nil {
		return &config.Invalid{Name: "MM_SQLSETTINGS_DATASOURCE", Value: "(not shown)", Allowed: "a PostgreSQL connection URL or key=value string"}
	}
	defer db.Close()
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	who, err := config.LoadIdentity(ctx, db, clock.System)
	if err != nil {
		return err
	}
	a := Assemble(s, who, db, log)
	if err := a.Users.RecallStatuses(ctx); err != nil {
		return fmt.Errorf("read statuses: %w", err)
	}
	if err := a.Bus.Begin(ctx); err != nil {
		return fmt.Errorf("announce this instance: %w", err)
	}
	if err := a.Config.Read(ctx); err != nil { // what others decide from now on, this instance hears
		return err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	told := make(chan struct{})
	go func() { defer close(told); a.Bus.Run(running) }()
	err = given.serve(ctx, a, log)
	if err != nil {
		a.Bus.Mute() // something may go on happening here
	}
	end()
	<-told
	return err
}

// Assemble puts the parts of a workspace together.
func Assemble(s config.Settings, who config.Identity, db *store.DB, log *slog.Logger) *api.API {
	now := clock.Clock(clock.System)
	book := config.NewBook(db, now, log, s, who)
	hub := realtime.NewHub(now, log, book.VersionHeader, facts(db, now, book))
	a := &api.API{Config: book, Now: now, Log: log, DB: db, Hub: hub}
	a.Bus = bus.NewTap(db, hub, now, log, a.Requests.Load)
	hub.Bus = a.Bus
	if by := s.RateLimit; by.PerSecond > 0 {
		a.Pace = throttle.New(by.PerSecond, by.Burst, by.Most)
	}
	a.Sessions = &sessions.Book{DB: db, Hub: hub, Now: now, Config: book}
	a.Preferences = &preferences.Book{DB: db, Hub: hub}
	a.Mail = mail.NewOutbox(db, now, book)
	a.Users = &users.Directory{DB: db, Hub: hub, Now: now, Preferences: a.Preferences, Mail: a.Mail, Config: book}
	a.Drafts = &drafts.Book{DB: db, Hub: hub, Now: now}
	a.Posts = &posts.Log{Config: book, DB: db, Hub: hub, Now: now, Cookies: attachments.NewJar(who.Secret)}
	a.Pages = posts.NewPages()
	a.Threads = &threads.Book{DB: db, Hub: hub, Now: now, Posts: a.Posts}
	a.Posts.Threads = a.Threads
	a.Channels = &channels.Directory{DB: db, Hub: hub, Now: now, Posts: a.Posts, Preferences: a.Preferences}
	a.Search = &search.Finder{DB: db, Posts: a.Posts, Now: now, Log: log, Config: book}
	a.Sidebar = &sidebar.Book{DB: db, Hub: hub, Preferences: a.Preferences, Channels: a.Channels}
	a.Teams = &teams.Directory{DB: db, Hub: hub, Now: now, Channels: a.Channels, Mail: a.Mail, Config: book}
	a.Reactions = &reactions.Log{DB: db, Hub: hub, Now: now}
	a.Files = files.NewVault(db, now, func() int64 { return book.Settings().MaxFileSize }, s.Files, s.Dial)
	calls := outbound.NewClient(s.Integrations, s.Dial, log)
	a.Hooks = hooks.NewBook(&hooks.Book{Config: book, DB: db, Now: now, Users: a.Users, Channels: a.Channels, Posts: a.Posts, Outbound: calls, Log: log})
	a.Posts.Deliveries = posts.Deliveries{Owed: a.Hooks.Owed, Ring: a.Hooks.Ring}
	triggers := &trigger.Seal{Secret: who.Secret, Now: now, Within: cmp.Or(s.Integrations.Within, 30*time.Second)}
	a.Posts.Previews = previews.NewShelf(&previews.Shelf{DB: db, Now: now, Outbound: calls, Config: book, Log: log, Tell: a.Posts.Reshow})
	a.Commands = &commands.Runner{Config: book, DB: db, Hub: hub, Now: now, Users: a.Users, Channels: a.Channels, Posts: a.Posts, Outbound: calls, Triggers: triggers}
	a.Actions = &actions.Runner{DB: db, Hub: hub, Posts: a.Posts, Outbound: calls, Triggers: triggers}
	if s.SiteURL != nil {
		a.Commands.Site, a.Posts.Site = s.SiteURL.String(), s.SiteURL.String()
	}
	a.Schedule = schedule.NewBook(schedule.Book{DB: db, Hub: hub, Now: now, Channels: a.Channels, Posts: a.Posts, Drafts: a.Drafts})
	a.Bookmarks = &bookmarks.Shelf{DB: db, Hub: hub, Now: now}
	a.Groups = &groups.Book{DB: db, Hub: hub, Now: now}
	a.Reminders = reminders.NewBook(reminders.Book{DB: db, Hub: hub, Now: now, Users: a.Users, Channels: a.Channels, Posts: a.Posts, Site: s.SiteURL})
	a.Notify = notify.NewCrier(&notify.Crier{DB: db, Hub: hub, Now: now, Log: log, Mail: a.Mail, Users: a.Users, Channels: a.Channels, Posts: a.Posts, Identity: who, Config: book}, s.Dial)
	a.Posts.Notifications = posts.Notifications{Mails: a.Notify.Mails, Pushes: a.Notify.Pushes, Ring: a.Notify.Posted}
	a.Due = &due.Ledger{DB: db, Now: now, Hooks: a.Hooks, Mail: a.Mail, Notify: a.Notify, Underway: a.Underway.Load}
	a.Control = control.New(s.Control, s.Dial)
	a.Attributes = &attributes.Book{DB: db, Hub: hub, Now: now}
	a.OAuth = oauth.NewProvider(oauth.Provider{DB: db, Sessions: a.Sessions, Now: now, Secret: who.Secret, Config: book})
	a.Emoji = &emoji.Book{DB: db, Hub: hub, Now: now, Files: a.Files}
	return a
}

func facts(db *store.DB, now clock.Clock, book *config.Book) realtime.Facts {
	return realtime.Facts{
		RoomsOf: func(ctx context.Context, user id.ID) (realtime.Rooms, error) {
			inChannels, err := db.ChannelIDsOfUser(ctx, user)
			if err != nil {
				return realtime.Rooms{}, fmt.Errorf("read channels of user: %w", err)
			}
			inTeams, err := db.TeamIDsOfUser(ctx, user)
			if err != nil {
				return realtime.Rooms{}, fmt.Errorf("read teams of user: %w", err)
			}
			u, err := db.UserByID(ctx, user)
			return realtime.Rooms{Channels: inChannels, Teams: inTeams, Guest: u.Guest}, err
		},
		Seen: func(ctx context.Context, guest id.ID, others []id.ID) ([]id.ID, error) {
			return db.SharingChannels(ctx, dbsql.SharingChannelsParams{UserID: guest, Others: others})
		},
		WhoIsIn: func(ctx context.Context, m realtime.Move) ([]id.ID, error) {
			return db.WhoIsIn(ctx, dbsql.WhoIsInParams{ChannelID: m.Channel, TeamID: m.Team, Users: m.Users})
		},
		LiveSessions: func(ctx context.Context, sessions []id.ID) ([]id.ID, error) {
			set := book.Settings()
			people, guests := set.OwedBy()
			return db.LiveSessions(ctx, dbsql.LiveSessionsParams{Ids: sessions, Now: now.Millis(), Guests: !set.Enabled.Guests, AccessTokens: !set.Enabled.AccessTokens,
				Apps: !set.OAuth.Enabled, PeopleOwe: people, GuestsOwe: guests})
		},
		Reconfigure: func(ctx context.Context) (any, error) {
			err := book.Read(ctx)
			return book.Told(), err
		},
		Types: func() bool { return book.Settings().Enabled.Typing },
	}
}

func (s sockets) serve(ctx context.Context, a *api.API, log *slog.Logger) error {
	public, err := s.listen(a.Config.Settings().Listen)
	if err != nil {
		return fmt.Errorf("MM_SERVICESETTINGS_LISTENADDRESS: %w", err)
	}
	servers := []*http.Server{newServer(outermost(a.Handler(), s.dial), log)}
	listeners := []net.Listener{public}
	if a.Config.Settings().Admin.Listen != "" {
		private, err := s.listen(a.Config.Settings().Admin.Listen)
		if err != nil {
			_ = public.Close()
			return fmt.Errorf("LONGHOUSE_ADMIN_LISTEN: %w", err)
		}
		desk := &admin.Desk{API: a, Log: log}
		servers, listeners = append(servers, newServer(desk.Handler(), log)), append(listeners, private)
	}
	failed := make(chan error, len(servers))
	for i, s := range servers {
		go func() { failed <- s.Serve(listeners[i]) }()
	}
	log.Info("serving", "address", a.Config.Settings().Listen, "version", config.Version)
	starting := time.AfterFunc(time.Second, debug.FreeOSMemory) // what starting took is not needed to run
	defer starting.Stop()
	go a.Hub.Recheck(ctx)
	go tidy(ctx, a, log)
	var rounds sync.WaitGroup
	for _, run := range []func(context.Context, *slog.Logger){a.Schedule.Run, a.Mail.Run, a.Reminders.Run} {
		rounds.Go(func() { run(ctx, log) })
	}
	for _, run := range []func(context.Context){a.Notify.Run, a.Hooks.Run} {
		rounds.Go(func() { run(ctx) })
	}
	go rest(ctx, a)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return errors.Join(drain(a, servers, log), ended(&rounds))
	}
}

// ended waits for what was under way when the server was asked to end.
func ended(rounds *sync.WaitGroup) error {
	all := make(chan struct{})
	go func() { rounds.Wait(); close(all) }()
	select {
	case <-all:
		return nil
	case <-time.After(finishRequests):
		return errors.New("a round of scheduled posts, reminders, notifications, outgoing webhooks or mail does not end")
	}
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// drain stops accepting, asks web sockets to come back elsewhere, and lets requests finish.
func drain(a *api.API, servers []*http.Server, log *slog.Logger) error {
	log.Info("draining", "web_sockets", a.Hub.Sockets())
	a.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), finishRequests)
	defer cancel()
	sockets := make(chan struct{})
	go func() {
		defer close(sockets)
		a.Hub.Drain(ctx, a.Config.Settings().Drain)
	}()
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Shutdown(ctx))
	}
	<-sockets
	log.Info("stopped")
	return errors.Join(errs...)
}
