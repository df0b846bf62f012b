package protocol

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"
)

// follower keeps a channel as official clients do: by events, coming back after a break with its connection's id and the number of the event that
// it expects, and fetching everything once a hello names another connection.
type follower struct {
	t       *testing.T
	token   string
	channel string

	mu     sync.Mutex
	url    string // of the instance that it comes back to
	posts  map[string]*model.Post
	twice  []string // told by two events without a fetch between them
	told   map[string]bool
	renews int
}

func follow(t *testing.T, w *workspace, token, channel string) *follower {
	f := &follower{t: t, token: token, channel: channel, url: w.url, posts: map[string]*model.Post{}, told: map[string]bool{}}
	ready, stop := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() { defer close(done); f.run(ready, stop) }()
	t.Cleanup(func() { close(stop); <-done })
	<-ready
	return f
}

// moveTo has it come back to another instance after the next break.
func (f *follower) moveTo(w *workspace) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.url = w.url
}

func (f *follower) run(ready, stop chan struct{}) {
	var connection string
	var next int64
	var greeted sync.Once
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		f.mu.Lock()
		at := f.url
		f.mu.Unlock()
		query := url.Values{"connection_id": {connection}, "sequence_number": {strconv.FormatInt(next, 10)}}
		conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(at, "http")+"/api/v4/websocket?"+query.Encode(), http.Header{"Authorization": {"Bearer " + f.token}})
		if err == nil {
			over := make(chan struct{})
			go func() {
				select {
				case <-stop:
				case <-over:
				}
				conn.Close()
			}()
			for f.event(conn, at, &connection, &next) {
				greeted.Do(func() { close(ready) })
			}
			close(over)
		}
		select {
		case <-stop:
			return
		case <-again.C:
		}
	}
}

func (f *follower) event(conn *websocket.Conn, at string, connection *string, next *int64) bool {
	var e struct {
		Event string
		Seq   int64
		Data  map[string]any
	}
	if conn.ReadJSON(&e) != nil {
		return false
	}
	if e.Event == "hello" {
		id, _ := e.Data["connection_id"].(string)
		if *next = 1; id != *connection {
			*connection = id
			return f.fetch(at)
		}
		return true
	}
	if e.Seq != *next {
		*connection, *next = "", 0 // a gap: official clients begin anew
		return false
	}
	*next++
	if text, ok := e.Data["post"].(string); ok && e.Event == "posted" {
		var p model.Post
		if json.Unmarshal([]byte(text), &p) != nil {
			f.t.Errorf("posted says %q", text)
			return false
		}
		f.take(&p)
	}
	return true
}

func (f *follower) take(p *model.Post) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.ChannelId != f.channel {
		return
	}
	if f.told[p.Id] {
		f.twice = append(f.twice, p.Message)
	}
	f.told[p.Id], f.posts[p.Id] = true, p
}

// fetch reads the whole channel, page by page.
func (f *follower) fetch(at string) bool {
	c := model.NewAPIv4Client(at)
	c.SetToken(f.token)
	all := map[string]*model.Post{}
	for page := 0; ; page++ {
		list, _, err := c.GetPostsForChannel(f.t.Context(), f.channel, page, 200, "", false, false)
		if err != nil {
			return false
		}
		for _, id := range list.Order {
			all[id] = list.Posts[id]
		}
		if len(list.Order) < 200 {
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = map[string]bool{}
	f.renews++
	for id, p := range all {
		f.posts[id] = p
	}
	return true
}

// messages are what people said, in the order in which it is shown.
func (f *follower) messages() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []*model.Post
	for _, p := range f.posts {
		if p.Type == "" {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *model.Post) int { return int(a.CreateAt - b.CreateAt) })
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.Message
	}
	return out
}

// counts is how often it began anew, and what came twice.
func (f *follower) counts() (renews int, twice []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.renews, slices.Clone(f.twice)
}
