package bus

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const patience = 30 * time.Second

// pair is a database, and where its users are.
type pair struct {
	t     *testing.T
	dsn   string
	rooms map[id.ID]realtime.Rooms // set before anybody connects
	// unread: where users are can't be read.
	unread atomic.Bool
}

func setup(t *testing.T) *pair {
	t.Helper()
	dsn := testdb.FromTemplate(t, "bus", func(ctx context.Context, dsn string) error {
		db, err := store.Open(dsn, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(ctx)
		return err
	})
	return &pair{t: t, dsn: dsn, rooms: map[id.ID]realtime.Rooms{}}
}

// instance is one of those that run side by side.
type instance struct {
	t    *testing.T
	hub  *realtime.Hub
	tap  *Tap
	url  string
	stop func() // and says goodbye
}

func (p *pair) instance() *instance {
	p.t.Helper()
	db, err := store.Open(p.dsn, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(db.Close)
	hub := realtime.NewHub(clock.System, slog.New(slog.DiscardHandler), func() string { return "" }, realtime.Facts{
		Reconfigure:  func(context.Context) (any, error) { return nil, nil },
		Types:        func() bool { return true },
		RoomsOf:      func(_ context.Context, user id.ID) (realtime.Rooms, error) { return p.rooms[user], nil },
		WhoIsIn:      p.whoIsIn,
		LiveSessions: func(_ context.Context, sessions []id.ID) ([]id.ID, error) { return sessions, nil },
	})
	i := &instance{t: p.t, hub: hub, tap: NewTap(db, hub, clock.System, slog.New(slog.DiscardHandler), func() int64 { return 0 })}
	hub.Bus = i.tap
	if err := i.tap.Begin(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	running, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); i.tap.Run(running) }()
	i.stop = func() { cancel(); <-ended }
	p.t.Cleanup(i.stop)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := id.Parse(r.URL.Query().Get("as"))
		_ = hub.Accept(w, r, &realtime.Principal{User: user, Session: user}, "", 0, nil)
	}))
	p.t.Cleanup(web.Close)
	i.url = "ws" + strings.TrimPrefix(web.URL, "http")
	return i
}

// meet waits until they hear each other.
func meet(list ...*instance) {
	list[0].t.Helper()
	until(list[0].t, "the instances hear each other", func() bool {
		met := true
		for _, i := range list {
			i.tap.Look()
			met = met && i.tap.Heard() == len(list)-1
		}
		return met
	})
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

type client struct {
	t    *testing.T
	conn *websocket.Conn
	next int64
}

func (i *instance) connect(user id.ID) *client {
	i.t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial(i.url+"?as="+user.String(), nil)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { conn.Close() })
	c := &client{t: i.t, conn: conn}
	c.expect(realtime.Hello)
	return c
}

type message struct {
	Event realtime.Name
	Seq   int64
	Data  map[string]any
}

func (c *client) read() (m message, err error) {
	err = errors.Join(c.conn.SetReadDeadline(time.Now().Add(patience)), c.conn.ReadJSON(&m))
	return m, err
}

// expect skips what says who is present.
func (c *client) expect(name realtime.Name) message {
	c.t.Helper()
	for {
		m, err := c.read()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", name, err)
		}
		if m.Seq != c.next {
			c.t.Fatalf("number %d, want %d", m.Seq, c.next)
		}
		c.next++
		if m.Event == name {
			return m
		}
		if m.Event != realtime.StatusChange {
			c.t.Fatalf("got %+v, want %s", m, name)
		}
	}
}

// over waits until the client is asked to come back.
func (c *client) over() {
	c.t.Helper()
	for {
		_, err := c.read()
		if end := new(websocket.CloseError); errors.As(err, &end) && end.Code == websocket.CloseServiceRestart {
			return
		}
		if err != nil {
			c.t.Fatalf("the connection ended with %v", err)
		}
	}
}

func say(i *instance, channel id.ID, text string) {
	i.hub.Publish(realtime.Event{Name: realtime.Posted, Data: map[string]string{"post": text}, To: wire.Broadcast{ChannelID: channel}})
}

func (p *pair) whoIsIn(_ context.Context, m realtime.Move) (in []id.ID, _ error) {
	if p.unread.Load() {
		return nil, errors.New("no database")
	}
	for _, user := range m.Users {
		if slices.Contains(p.rooms[user].Channels, m.Channel) || slices.Contains(p.rooms[user].Teams, m.Team) {
			in = append(in, user)
		}
	}
	return in, nil
}
