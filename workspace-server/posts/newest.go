package posts

import (
	"context"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostPages   = 48
	longestPage = 64 << 10 // bytes, as written
)

// Pages remembers how the newest pages of channels were written: they are read far more often than they change. Whether a page still stands as it is
// known the database says each time, in the statement that would read it, so that nothing has to be told to anybody, nor to another instance.
type Pages struct {
	states *lru.Cache[Page, *State]
	texts  *lru.Cache[reading, written]
}

// State is how a page stands that says nothing but what stands in the rows of its posts.
type State struct {
	page    Page
	rows    []id.ID // its posts, and the one that follows
	changed []int64 // when each was last
	Roots   []id.ID // of threads, among its posts
}

// reading is a page as those read it who follow the same of its threads.
type reading struct {
	page    Page
	follows string
}

type written struct {
	state *State
	text  wire.Written
}

// NewPages remembers nothing yet.
func NewPages() *Pages {
	states, err := lru.New[Page, *State](mostPages)
	if err != nil {
		panic(err) // it takes any size above 0
	}
	texts, err := lru.New[reading, written](mostPages)
	if err != nil {
		panic(err)
	}
	return &Pages{states: states, texts: texts}
}

// Of is the state that a page is known in; nil: it is not.
func (p *Pages) Of(page Page) *State {
	s, _ := p.states.Get(page)
	return s
}

// Text is a page in a state, as it was written for whoever follows these of its threads.
func (p *Pages) Text(s *State, follows []id.ID) (text wire.Written, found bool) {
	w, found := p.texts.Get(reading{s.page, joined(follows)})
	return w.text, found && w.state == s
}

// Keep remembers how a page in a state is written for whoever follows these of its threads.
func (p *Pages) Keep(s *State, follows []id.ID, list *wire.PostList) {
	text := list.AppendJSON(nil)
	if len(text) > longestPage {
		return
	}
	if was := p.Of(s.page); was.same(s) {
		s = was // in which others have it, who follow other threads
	}
	p.states.Add(s.page, s)
	p.texts.Add(reading{s.page, joined(follows)}, written{s, slices.Clone(text)})
}

func (s *State) same(as *State) bool {
	return s != nil && slices.Equal(s.rows, as.rows) && slices.Equal(s.changed, as.changed)
}

func joined(ids []id.ID) string {
	slices.SortFunc(ids, func(x, y id.ID) int { return slices.Compare(x[:], y[:]) })
	var b strings.Builder
	for _, one := range ids {
		b.Write(one[:])
	}
	return b.String()
}

// ListNewest reads the newest page as List does, but nothing of it where it still stands as it is known: the list is nil then. The state that it
// answers is nil for a page that says more than its rows.
func (l *Log) ListNewest(ctx context.Context, p Page, known *State) (*wire.PostList, *State, error) {
	if known == nil {
		known = &State{}
	}
	_, extra := p.window()
	found, err := l.DB.NewestUnless(ctx, dbsql.NewestUnlessParams{ChannelID: p.Channel, IncludeDeleted: p.IncludeDeleted, RootsOnly: p.RootsOnly,
		MaxRows: int32(p.Size + extra), Known: known.rows, Changed: known.changed})
	if err != nil {
		return nil, nil, err
	}
	rows := make([]dbsql.Post, len(found))
	for i, f := range found {
		if f.Stands {
			return nil, known, nil
		}
		rows[i] = f.Post
	}
	list, err := l.numbered(ctx, p, rows)
	return list, p.state(rows, list), err
}

// state is how a page stands of which these are the rows; nil for one that says more than they do.
func (p Page) state(rows []dbsql.Post, list *wire.PostList) *State {
	if list == nil || len(rows) == 0 || len(list.Posts) > len(list.Order) {
		return nil
	}
	s, long := &State{page: p}, 0
	for i := range rows {
		r := &rows[i]
		s.rows, s.changed = append(s.rows, r.ID), append(s.changed, r.UpdateAt)
		if r.HasFiles || r.HasReactions || r.RequestedAck || strings.Contains(r.Message, "://") || strings.Count(r.Message, ":") > 1 {
			return nil
		}
		if long += len(r.Message) + len(r.Props); long > longestPage { // not written twice for nothing
			return nil
		}
		if r.RootID.IsZero() && list.Posts[r.ID] != nil {
			s.Roots = append(s.Roots, r.ID)
		}
	}
	return s
}
