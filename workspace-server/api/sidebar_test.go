package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) categoriesOf() string {
	return "/users/me/teams/" + b.team.ID.String() + "/channels/categories"
}

// sidebar is what a member sees, and fails where a channel that they are in doesn't stand under exactly one heading.
func (b *bundle) sidebar(as person) []wire.SidebarCategory {
	b.t.Helper()
	all := must[wire.SidebarCategories](b, as, http.MethodGet, b.categoriesOf(), nil)
	var order []string
	times := map[id.ID]int{}
	for _, c := range all.Categories {
		order = append(order, c.ID)
		for _, channel := range c.Channels {
			times[channel]++
		}
	}
	if !slices.Equal(order, all.Order) {
		b.t.Errorf("the order is %v and the categories are %v", all.Order, order)
	}
	for _, c := range must[[]wire.Channel](b, as, http.MethodGet, "/users/me/teams/"+b.team.ID.String()+"/channels", nil) {
		if times[c.ID] != 1 {
			b.t.Errorf("%s stands under %d headings", c.Name, times[c.ID])
		}
	}
	return all.Categories
}

func names(all []wire.SidebarCategory) string {
	var out []string
	for _, c := range all {
		out = append(out, c.DisplayName)
	}
	return strings.Join(out, ", ")
}

func (b *bundle) newCategory(as person, name string, channels ...id.ID) wire.SidebarCategory {
	b.t.Helper()
	return must[wire.SidebarCategory](b, as, http.MethodPost, b.categoriesOf(), wire.SidebarCategory{DisplayName: name, Channels: channels})
}

func (b *bundle) favorites(as person) []string {
	b.t.Helper()
	var out []string
	for _, p := range must[[]wire.Preference](b, as, http.MethodGet, "/users/me/preferences/favorite_channel", nil) {
		if p.Value == "true" {
			out = append(out, p.Name)
		}
	}
	return out
}

func TestChannelsStandUnderTheHeadingsThatTheirReaderMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.member, http.MethodPost, "/channels/direct", []id.ID{b.member.id, b.admin.id})
	if got := names(b.sidebar(b.member)); got != "Favorites, Channels, Direct Messages" {
		t.Fatalf("at first there are %s", got)
	}
	made := b.newCategory(b.member, " Site ", b.public.ID, direct.ID, b.private.ID, id.New(), b.public.ID)
	if made.Type != "custom" || made.DisplayName != "Site" || !slices.Equal(made.Channels, []id.ID{b.public.ID, direct.ID}) {
		t.Fatalf("made %+v", made)
	}
	if got := names(b.sidebar(b.member)); got != "Favorites, Site, Channels, Direct Messages" {
		t.Errorf("then there are %s", got)
	}
	if got := names(b.sidebar(b.admin)); got != "Favorites, Channels, Direct Messages" {
		t.Errorf("somebody else has %s", got)
	}
	made.DisplayName, made.Sorting, made.Collapsed, made.Channels = "Building site", "alpha", true, []id.ID{direct.ID}
	changed := must[wire.SidebarCategory](b, b.member, http.MethodPut, b.categoriesOf()+"/"+made.ID, made)
	if changed.DisplayName != "Building site" || changed.Sorting != "alpha" || !changed.Collapsed || !slices.Equal(changed.Channels, []id.ID{direct.ID}) {
		t.Errorf("changed to %+v", changed)
	}
	all := b.sidebar(b.member)
	if !slices.Contains(all[2].Channels, b.public.ID) {
		t.Errorf("what was taken out isn't back among the channels: %+v", all)
	}
	b.must(b.member, http.MethodDelete, b.categoriesOf()+"/"+made.ID, nil)
	if all = b.sidebar(b.member); names(all) != "Favorites, Channels, Direct Messages" || !slices.Equal(all[2].Channels, []id.ID{direct.ID}) {
		t.Errorf("after its end there are %+v", all)
	}
}

func TestFavoritesAndThePreferenceAreTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	prefer := func(value string) {
		t.Helper()
		b.must(b.member, http.MethodPut, "/users/me/preferences", []wire.Preference{{UserID: b.member.id, Category: "favorite_channel", Name: b.public.ID.String(), Value: value}})
	}
	prefer("true")
	all := b.sidebar(b.member)
	if !slices.Equal(all[0].Channels, []id.ID{b.public.ID}) {
		t.Fatalf("by preference: %+v", all)
	}
	other := b.newCategory(b.member, "Site", b.public.ID)
	if got := b.favorites(b.member); len(got) != 0 || len(b.sidebar(b.member)[0].Channels) != 0 {
		t.Errorf("what was moved away is still preferred: %v", got)
	}
	favorites := b.sidebar(b.member)[0]
	favorites.Channels = []id.ID{b.public.ID}
	other.Channels = nil
	b.must(b.member, http.MethodPut, b.categoriesOf(), []wire.SidebarCategory{favorites, other})
	if got := b.favorites(b.member); !slices.Equal(got, []string{b.public.ID.String()}) {
		t.Errorf("what was moved there isn't preferred: %v", got)
	}
	prefer("false")
	if all = b.sidebar(b.member); len(all[0].Channels) != 0 {
		t.Errorf("no preference any more: %+v", all)
	}
}

func TestCategoriesAreOrderedByTheirReader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.newCategory(b.member, "One")
	b.newCategory(b.member, "Two")
	order := must[[]string](b, b.member, http.MethodGet, b.categoriesOf()+"/order", nil)
	slices.Reverse(order)
	if got := must[[]string](b, b.member, http.MethodPut, b.categoriesOf()+"/order", order); !slices.Equal(got, order) {
		t.Errorf("answered %v", got)
	}
	if got := names(b.sidebar(b.member)); got != "Direct Messages, Channels, One, Two, Favorites" {
		t.Errorf("the order is %s", got)
	}
	b.newCategory(b.member, "Three")
	if got := names(b.sidebar(b.member)); got != "Three, Direct Messages, Channels, One, Two, Favorites" {
		t.Errorf("with another the order is %s", got)
	}
	for name, bad := range map[string][]string{"one is left out": order[1:], "one is there twice": append(order[1:], order[1]), "one isn't theirs": append(order[1:], "x")} {
		if got := b.call(b.member, http.MethodPut, b.categoriesOf()+"/order", bad); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestMutingACategoryMutesItsChannels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	unread := func() string {
		t.Helper()
		return must[wire.ChannelMember](b, b.member, http.MethodGet, b.in(b.public)+"/members/me", nil).NotifyProps["mark_unread"]
	}
	made := b.newCategory(b.member, "Site", b.public.ID)
	before := unread()
	made.Muted = true
	b.must(b.member, http.MethodPut, b.categoriesOf()+"/"+made.ID, made)
	if got := unread(); got != "mention" || before == "mention" {
		t.Errorf("muted it is %q, before %q", got, before)
	}
	made.Muted = false
	b.must(b.member, http.MethodPut, b.categoriesOf()+"/"+made.ID, made)
	if got := unread(); got != "all" {
		t.Errorf("loud again it is %q", got)
	}
}

func TestCategoriesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	usual := b.sidebar(b.member)[1]
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
	}{
		"without a name":                {http.MethodPost, "", wire.SidebarCategory{DisplayName: " "}, http.StatusBadRequest},
		"a long name":                   {http.MethodPost, "", wire.SidebarCategory{DisplayName: strings.Repeat("x", 65)}, http.StatusBadRequest},
		"an order that there isn't":     {http.MethodPost, "", wire.SidebarCategory{DisplayName: "x", Sorting: "random"}, http.StatusBadRequest},
		"one that everybody has":        {http.MethodDelete, "/" + usual.ID, nil, http.StatusBadRequest},
		"deleting one that isn't there": {http.MethodDelete, "/" + id.New().String(), nil, http.StatusNotFound},
		"changing one that isn't there": {http.MethodPut, "/" + id.New().String(), wire.SidebarCategory{DisplayName: "x"}, http.StatusNotFound},
		"reading one that isn't there":  {http.MethodGet, "/" + id.New().String(), nil, http.StatusNotFound},
		"changing none":                 {http.MethodPut, "", []wire.SidebarCategory{}, http.StatusBadRequest},
	} {
		if got := b.call(b.member, c.method, b.categoriesOf()+c.path, c.body); got.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
	usual.DisplayName = "Renamed"
	if got := must[wire.SidebarCategory](b, b.member, http.MethodPut, b.categoriesOf()+"/"+usual.ID, usual); got.DisplayName != "Channels" {
		t.Errorf("what everybody has is called %q", got.DisplayName)
	}
}
