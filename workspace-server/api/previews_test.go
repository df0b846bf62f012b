package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/previews"
	"github.com/longhouse-dev/longhouse/workspace-server/server"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// elsewhere is what links lead to: a page at /, an image at /dot.png, and /fails.
type elsewhere struct {
	url  string
	hits atomic.Int32
	hold chan struct{} // nil: it answers at once
}

const dot = "GIF89a\x03\x00\x02\x00\x00\x00\x00;"

func (b *bundle) elsewhere(hold chan struct{}) *elsewhere {
	b.t.Helper()
	s := &elsewhere{hold: hold}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		if hold != nil {
			<-hold
		}
		switch r.URL.Path {
		case "/dot.gif":
			w.Header().Set("Content-Type", "image/gif")
			_, _ = io.WriteString(w, dot)
		case "/fails":
			w.WriteHeader(http.StatusInternalServerError)
		case "/text":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "<title>no</title>")
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<head><meta property="og:title" content="A page"><meta property="og:image" content="/dot.gif"></head>`)
		}
	}))
	b.t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

// previewing is a workspace that shows what links lead to, also on this machine.
func previewing(t *testing.T, change ...func(*config.Settings)) *bundle {
	t.Helper()
	return setupWith(t, func(s *config.Settings) {
		loopback, err := egress.ParseNetworks("127.0.0.0/8")
		if err != nil {
			t.Fatal(err)
		}
		s.Integrations = config.Integrations{Networks: loopback, Within: 5 * time.Second}
		s.LinkPreviews.Enabled = true
		for _, c := range change {
			c(s)
		}
	})
}

// embedded is what stands under a post in the end.
func (b *bundle) embedded(post id.ID, kind string) wire.Post {
	b.t.Helper()
	late := time.Now().Add(10 * time.Second)
	for {
		p := must[wire.Post](b, b.admin, http.MethodGet, "/posts/"+post.String(), nil)
		if len(p.Metadata.Embeds) == 1 && p.Metadata.Embeds[0].Type == kind {
			return p
		}
		if time.Now().After(late) {
			b.t.Fatalf("under the post is %s, not one %s", b.must(b.admin, http.MethodGet, "/posts/"+post.String(), nil), kind)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// settled waits until a number of links was asked for, whatever came of it.
func (b *bundle) settled(want int) {
	b.t.Helper()
	conn, got := b.db(), 0
	for late := time.Now().Add(10 * time.Second); got != want; <-time.After(5 * time.Millisecond) {
		if err := conn.QueryRow(b.t.Context(), "select count(*) from link_previews where fetched_at > 0").Scan(&got); err != nil || time.Now().After(late) {
			b.t.Fatalf("%d links were asked for, not %d (%v)", got, want, err)
		}
	}
}

// comesBackTo waits until who was away is told of a post's preview, which is a moment after it is shown.
func (b *bundle) comesBackTo(said wire.Post) {
	b.t.Helper()
	for late := time.Now().Add(10 * time.Second); ; <-time.After(5 * time.Millisecond) {
		since := must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.public)+"/posts?since="+strconv.FormatInt(said.UpdateAt, 10), nil)
		if p := since.Posts[said.ID]; p != nil && len(p.Metadata.Embeds) == 1 {
			return
		}
		if time.Now().After(late) {
			b.t.Fatalf("who comes back gets %+v", since.Posts)
		}
	}
}

func TestALinkShowsThePageOrTheImageThatItLeadsTo(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	s := b.elsewhere(nil)
	said := b.say(b.member, b.public.ID, "look: "+s.url+"/a.")
	if e := said.Metadata.Embeds; len(e) != 1 || e[0].Type != "link" || e[0].URL != s.url+"/a" {
		t.Errorf("at once it shows %+v", e)
	}
	shown := b.embedded(said.ID, "opengraph")
	data, _ := json.Marshal(shown.Metadata.Embeds[0].Data)
	var page wire.OpenGraph
	if err := json.Unmarshal(data, &page); err != nil || page.Title != "A page" || page.URL != s.url+"/a" || len(page.Images) != 1 || page.Images[0].URL != s.url+"/dot.gif" {
		t.Errorf("it shows %s", data)
	}
	if i := shown.Metadata.Images[s.url+"/dot.gif"]; i == nil || *i != (wire.PostImage{Width: 3, Height: 2, Format: "gif"}) {
		t.Errorf("images are %+v", shown.Metadata.Images)
	}
	b.comesBackTo(said)
	image := b.say(b.member, b.public.ID, s.url+"/dot.gif")
	if shown := b.embedded(image.ID, "image"); shown.Metadata.Images[s.url+"/dot.gif"].Width != 3 || shown.EditAt != 0 {
		t.Errorf("%+v", shown)
	}
	hits := s.hits.Load()
	if again := b.say(b.admin, b.public.ID, s.url+"/a"); again.Metadata.Embeds[0].Type != "opengraph" || s.hits.Load() != hits {
		t.Errorf("again it shows %+v, after %d", again.Metadata.Embeds[0], s.hits.Load()-hits)
	}
	away := must[wire.Post](b, b.member, http.MethodPut, "/posts/"+said.ID.String()+"/patch", map[string]any{"props": map[string]string{"remove_link_preview": "true"}})
	if len(away.Metadata.Embeds) != 0 {
		t.Errorf("taken away, it shows %+v", away.Metadata.Embeds[0])
	}
	for _, none := range []string{"`" + s.url + "/b`", "no link"} {
		if p := b.say(b.member, b.public.ID, none); len(p.Metadata.Embeds) != 0 || s.hits.Load() != hits {
			t.Errorf("%s shows %+v", none, p.Metadata.Embeds)
		}
	}
}

func TestNothingIsAskedThatMayNotBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Settings){
		"inside": func(s *config.Settings) { s.Integrations = config.Integrations{} },
		"except": func(s *config.Settings) { s.LinkPreviews.Except = []string{"127.0.0.1"} },
	} {
		b := previewing(t, change)
		s := b.elsewhere(nil)
		p := b.say(b.member, b.public.ID, s.url)
		b.settled(1)
		if shown := b.embedded(p.ID, "link"); s.hits.Load() != 0 || shown.UpdateAt != p.UpdateAt {
			t.Errorf("%s: it was asked %d times", name, s.hits.Load())
		}
	}
	b := previewing(t, func(s *config.Settings) { s.LinkPreviews.Enabled = false })
	s := b.elsewhere(nil)
	if p := b.say(b.member, b.public.ID, s.url); len(p.Metadata.Embeds) != 0 || s.hits.Load() != 0 {
		t.Errorf("off, it shows %+v", p.Metadata.Embeds[0])
	}
	b.settled(0)
}

func TestALinkIsNotFollowedInside(t *testing.T) {
	t.Parallel()
	b := previewing(t, func(s *config.Settings) { s.Integrations = config.Integrations{Hosts: []string{"localhost"}} })
	inside := b.elsewhere(nil)
	away := httptest.NewServer(http.RedirectHandler(inside.url, http.StatusFound))
	t.Cleanup(away.Close)
	p := b.say(b.member, b.public.ID, strings.Replace(away.URL, "127.0.0.1", "localhost", 1))
	b.settled(1)
	if b.embedded(p.ID, "link"); inside.hits.Load() != 0 {
		t.Error("it was followed")
	}
}

func TestAFailureIsRememberedForAnHourAndAPageForADay(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	s := b.elsewhere(nil)
	conn := b.db()
	asked := map[string]int32{"/fails": 1, "/text": 1, "/": 2} // a page's image is another thing to ask for
	for path, each := range asked {
		before := s.hits.Load()
		b.say(b.member, b.public.ID, s.url+path)
		b.settled(1)
		kept := 59 * time.Minute
		if path == "/" {
			kept = 24*time.Hour - time.Minute
		}
		for _, age := range []time.Duration{kept, kept + 2*time.Minute} {
			if _, err := conn.Exec(t.Context(), "update link_previews set fetched_at = $1", time.Now().Add(-age).UnixMilli()); err != nil {
				t.Fatal(err)
			}
			b.say(b.member, b.public.ID, s.url+path)
		}
		for late := time.Now().Add(10 * time.Second); s.hits.Load() != before+2*each; <-time.After(5 * time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("%s was asked %d times, not %d", path, s.hits.Load()-before, 2*each)
			}
		}
		if _, err := conn.Exec(t.Context(), "delete from link_previews"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoInstancesAskOnceAndBothPostsShowIt(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	db, err := store.Open(b.dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	other := server.Assemble(b.base, b.who, db, slog.New(b.log))
	hold := make(chan struct{})
	s := b.elsewhere(hold)
	user, err := other.Users.Get(t.Context(), b.member.id)
	if err != nil {
		t.Fatal(err)
	}
	channel, err := other.Channels.Access(t.Context(), b.public.ID, b.member.id)
	if err != nil {
		t.Fatal(err)
	}
	first := b.say(b.member, b.public.ID, s.url+"/dot.gif")
	second, err := other.Posts.Create(t.Context(), posts.Draft{Author: user, Channel: channel.Channel, Message: s.url + "/dot.gif"})
	if err != nil {
		t.Fatal(err)
	}
	conn, waiting := b.db(), 0
	for late := time.Now().Add(10 * time.Second); waiting != 2; <-time.After(5 * time.Millisecond) {
		if err := conn.QueryRow(t.Context(), "select coalesce(max(cardinality(waiting)), 0) from link_previews").Scan(&waiting); err != nil || time.Now().After(late) {
			t.Fatalf("%d wait (%v)", waiting, err)
		}
	}
	close(hold)
	for _, p := range []id.ID{first.ID, second.ID} {
		if shown := b.embedded(p, "image"); s.hits.Load() != 1 {
			t.Errorf("after %d: %+v", s.hits.Load(), shown)
		}
	}
}

func TestPostsWithoutLinksTakeNoQueryMore(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	b.api.Posts.Previews = &previews.Shelf{} // without a database it answers nothing
	b.say(b.member, b.public.ID, "no link: // http:/x")
	b.must(b.member, http.MethodGet, b.in(b.public)+"/posts", nil)
}

func TestAttachmentsAreShownInsteadOfALink(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	s := b.elsewhere(nil)
	p := must[wire.Post](b, b.member, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "message": s.url, "props": map[string]any{"attachments": []any{map[string]string{"text": "x"}}}})
	if e := p.Metadata.Embeds; len(e) != 1 || e[0].Type != "message_attachment" || s.hits.Load() != 0 {
		t.Errorf("%+v", e)
	}
}

func TestTheDatabaseKnowsTheSameKindsOfPreviews(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var rule string
	if err := b.db().QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = 'link_previews_kind'").Scan(&rule); err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile("'([^']*)'").FindAllStringSubmatch(rule, -1)
	if len(known) != len(previews.Kinds) {
		t.Fatalf("the database knows %q, and the program %q", known, previews.Kinds)
	}
	for i, kind := range previews.Kinds {
		if known[i][1] != string(kind) {
			t.Errorf("the database knows %q, and the program %q", known[i][1], kind)
		}
	}
}
