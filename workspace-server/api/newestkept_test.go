package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
)

// Who follows other threads has a page of their own, and takes nobody theirs.
func TestAPageIsRememberedForEachSetOfFollowedThreads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "first")
	next := b.say(b.admin, b.public.ID, "second")
	for _, one := range []id.ID{root.ID, next.ID} {
		b.must(b.member, http.MethodPut, "/users/"+b.member.id.String()+"/teams/"+b.team.ID.String()+"/threads/"+one.String()+"/following", nil)
	}
	p := posts.Page{Channel: b.public.ID, Size: 1, RootsOnly: true} // the one that follows it is followed too
	for _, as := range []person{b.admin, b.member} {
		b.must(as, http.MethodGet, b.in(b.public)+"/posts?collapsedThreads=true&per_page=1", nil)
	}
	for _, follows := range [][]id.ID{nil, {next.ID}} {
		if _, found := b.api.Pages.Text(b.api.Pages.Of(p), follows); !found {
			t.Errorf("the page of who follows %v is forgotten", follows)
		}
	}
	if got := b.api.Pages.Of(p).Roots; !slices.Equal(got, []id.ID{next.ID}) {
		t.Errorf("asked for are %v, of the page is %s", got, next.ID)
	}
}

// What is too long to be remembered is written once.
func TestALongPageIsNotRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 5 {
		b.say(b.admin, b.public.ID, strings.Repeat("x", posts.MaxMessage))
	}
	if _, state, err := b.api.Posts.ListNewest(t.Context(), posts.Page{Channel: b.public.ID, Size: 60}, nil); err != nil || state != nil {
		t.Errorf("a page of 80 kB is to be remembered (%v)", err)
	}
}
