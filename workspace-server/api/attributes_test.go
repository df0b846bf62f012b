package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/attributes"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const fields = "/custom_profile_attributes/fields"

func (b *bundle) attribute(name, kind string, attrs map[string]any) wire.Attribute {
	b.t.Helper()
	return must[wire.Attribute](b, b.admin, http.MethodPost, fields, map[string]any{"name": name, "type": kind, "attrs": attrs})
}

func options(names ...string) map[string]any {
	list := []map[string]string{}
	for _, n := range names {
		list = append(list, map[string]string{"name": n, "color": "#ff0000"})
	}
	return map[string]any{"options": list}
}

// says are somebody's values, as another sees them.
func (b *bundle) says(as, of person) (all string) {
	b.t.Helper()
	values := must[map[string]any](b, as, http.MethodGet, "/users/"+of.id.String()+"/custom_profile_attributes", nil)
	var out []string
	for _, value := range values {
		out = append(out, fmt.Sprint(value))
	}
	return sorted(out...)
}

func sorted(texts ...string) string {
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

func (b *bundle) saying(as person, of string, values map[id.ID]any) answer {
	return b.call(as, http.MethodPatch, of, values)
}

const ownValues = "/custom_profile_attributes/values"

func TestAdminsSayWhatPeopleCanSayOfThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := string(b.must(b.member, http.MethodGet, fields, nil)); got != "[]" {
		t.Fatalf("at first there are %s", got)
	}
	trade := b.attribute(" Trade ", "select", map[string]any{"sort_order": 2, "visibility": "always", "options": []map[string]string{{"name": "carpenter"}, {"name": "mason"}}})
	phone := b.attribute("Phone", "text", map[string]any{"sort_order": 1, "value_type": "phone", "options": []string{}})
	if o := trade.Attrs.Options; trade.Name != "Trade" || trade.CreatedBy != b.admin.id || trade.Attrs.Visibility != "always" || len(o) != 2 || len(o[0].ID) != 26 || o[0].ID == o[1].ID {
		t.Errorf("made %+v %+v", trade, trade.Attrs)
	}
	if phone.Attrs.Visibility != "when_set" || phone.Attrs.ValueType != "phone" || phone.GroupID != "custom_profile_attributes" || phone.ObjectType != "user" || phone.Attrs.Options == nil {
		t.Errorf("made %+v %+v", phone, phone.Attrs)
	}
	list := must[[]wire.Attribute](b, b.member, http.MethodGet, fields, nil)
	if len(list) != 2 || list[0].ID != phone.ID || list[1].ID != trade.ID {
		t.Errorf("in order they are %+v", list)
	}
	got := must[wire.Attribute](b, b.admin, http.MethodPatch, fields+"/"+phone.ID.String(), map[string]any{"name": "Mobile"})
	if got.Name != "Mobile" || got.Attrs.ValueType != "phone" || got.UpdateAt <= phone.UpdateAt {
		t.Errorf("changed, it is %+v %+v", got, got.Attrs)
	}
	b.must(b.admin, http.MethodDelete, fields+"/"+phone.ID.String(), nil)
	if got := b.call(b.admin, http.MethodDelete, fields+"/"+phone.ID.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("deleted once more: %d", got)
	}
	for _, c := range []struct{ method, path string }{{http.MethodPost, fields}, {http.MethodPatch, fields + "/" + trade.ID.String()}, {http.MethodDelete, fields + "/" + trade.ID.String()}} {
		if got := b.call(b.member, c.method, c.path, map[string]string{"name": "x", "type": "text"}).status; got != http.StatusForbidden {
			t.Errorf("a member may %s: %d", c.method, got)
		}
	}
}

func TestAttributesThatCantBeAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.attribute("taken", "text", nil)
	named := func(name, kind string, attrs map[string]any) map[string]any {
		return map[string]any{"name": name, "type": kind, "attrs": attrs}
	}
	for name, c := range map[string]struct {
		body map[string]any
		want int
	}{
		"no name":          {named(" ", "text", nil), http.StatusBadRequest},
		"a long name":      {named(strings.Repeat("n", 256), "text", nil), http.StatusBadRequest},
		"a taken name":     {named("taken", "text", nil), http.StatusConflict},
		"no type":          {named("x", "", nil), http.StatusBadRequest},
		"a foreign type":   {named("x", "rank", nil), http.StatusBadRequest},
		"no options":       {named("x", "select", nil), http.StatusUnprocessableEntity},
		"options twice":    {named("x", "multiselect", options("a", "a")), http.StatusUnprocessableEntity},
		"a nameless one":   {named("x", "select", options("")), http.StatusUnprocessableEntity},
		"a foreign id":     {named("x", "select", map[string]any{"options": []map[string]string{{"id": "1", "name": "a"}}}), http.StatusUnprocessableEntity},
		"its visibility":   {named("x", "text", map[string]any{"visibility": "never"}), http.StatusUnprocessableEntity},
		"what a text is":   {named("x", "text", map[string]any{"value_type": "poem"}), http.StatusUnprocessableEntity},
		"who manages it":   {named("x", "text", map[string]any{"managed": "me"}), http.StatusUnprocessableEntity},
		"from a directory": {named("x", "text", map[string]any{"ldap": "mobile"}), http.StatusUnprocessableEntity},
	} {
		if got := b.call(b.admin, http.MethodPost, fields, c.body); got.status != c.want || got.error().ID == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for i := range 19 {
		b.attribute(fmt.Sprint("number ", i), "text", nil)
	}
	if got := b.call(b.admin, http.MethodPost, fields, named("too many", "text", nil)); got.status != http.StatusUnprocessableEntity || got.error().ID != "app.custom_profile_attributes.limit_reached.app_error" {
		t.Errorf("one too many: %d %s", got.status, got.body)
	}
}

func TestPeopleSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text, trade, tools := b.attribute("about", "text", nil), b.attribute("trade", "select", options("mason", "carpenter")), b.attribute("tools", "multiselect", options("saw", "axe", "plane"))
	saw, axe := tools.Attrs.Options[0].ID, tools.Attrs.Options[1].ID
	got := b.saying(b.member, ownValues, map[id.ID]any{text.ID: "  builds boats ", trade.ID: trade.Attrs.Options[1].ID, tools.ID: []string{saw, "", axe, saw}})
	var said map[id.ID]json.RawMessage
	if json.Unmarshal(got.body, &said) != nil || string(said[text.ID]) != `"builds boats"` || string(said[tools.ID]) != `["`+saw+`","`+axe+`"]` {
		t.Fatalf("said %d %s", got.status, got.body)
	}
	want := sorted("builds boats", trade.Attrs.Options[1].ID, "["+saw+" "+axe+"]")
	for _, as := range []person{b.member, b.admin, b.outside} {
		if got := b.says(as, b.member); got != want {
			t.Errorf("says %s", got)
		}
	}
	b.saying(b.member, ownValues, map[id.ID]any{text.ID: "", tools.ID: []string{}})
	if got := b.says(b.admin, b.member); got != trade.Attrs.Options[1].ID {
		t.Errorf("taken back, it says %s", got)
	}
	// Of another type it is another attribute; without one nothing of it is left.
	b.must(b.admin, http.MethodPatch, fields+"/"+trade.ID.String(), map[string]any{"type": "text"})
	if got := b.says(b.admin, b.member); got != "" {
		t.Errorf("of another type it says %s", got)
	}
	b.saying(b.member, ownValues, map[id.ID]any{text.ID: "rows"})
	b.must(b.admin, http.MethodDelete, fields+"/"+text.ID.String(), nil)
	if got := b.says(b.admin, b.member); got != "" {
		t.Errorf("of what is no more it says %s", got)
	}
}

func TestWhatNobodyCanSayIsRefusedAndNothingBesideIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text, trade, tools := b.attribute("about", "text", nil), b.attribute("trade", "select", options("mason")), b.attribute("tools", "multiselect", options("saw"))
	address, site := b.attribute("mail", "text", map[string]any{"value_type": "email"}), b.attribute("site", "text", map[string]any{"value_type": "url"})
	for name, c := range map[string]struct {
		of    id.ID
		value any
		want  int
	}{
		"too long":     {address.ID, strings.Repeat("x", 65), http.StatusBadRequest},
		"a number":     {trade.ID, 7, http.StatusBadRequest},
		"no option":    {trade.ID, "mason", http.StatusBadRequest},
		"a text":       {tools.ID, "saw", http.StatusBadRequest},
		"no options":   {tools.ID, []string{"saw"}, http.StatusBadRequest},
		"no address":   {address.ID, "ben", http.StatusBadRequest},
		"a script":     {site.ID, "javascript://x/%0aalert(1)", http.StatusBadRequest},
		"a path":       {site.ID, "/etc/passwd", http.StatusBadRequest},
		"no attribute": {id.New(), "x", http.StatusNotFound},
	} {
		if got := b.saying(b.member, ownValues, map[id.ID]any{text.ID: "said", c.of: c.value}); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := b.says(b.member, b.member); got != "" {
		t.Errorf("it says %s", got)
	}
	if got := b.call(b.member, http.MethodPatch, ownValues, []string{}).status; got != http.StatusBadRequest {
		t.Errorf("a list: %d", got)
	}
	if got := b.saying(b.member, ownValues, map[id.ID]any{address.ID: "ben@example.com", site.ID: "https://example.com/ben"}); got.status != http.StatusOK {
		t.Errorf("an address and a link: %d %s", got.status, got.body)
	}
}

func TestWhatIsManagedOrHiddenIsSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	grade, note := b.attribute("grade", "text", map[string]any{"managed": "admin"}), b.attribute("note", "text", map[string]any{"visibility": "hidden"})
	of := "/users/" + b.member.id.String() + "/custom_profile_attributes"
	if got := b.saying(b.member, ownValues, map[id.ID]any{grade.ID: "master"}); got.status != http.StatusForbidden {
		t.Errorf("what admins say is said by a member: %d", got.status)
	}
	if got := b.saying(b.admin, of, map[id.ID]any{grade.ID: "master", note.ID: "ask first"}); got.status != http.StatusOK {
		t.Errorf("an admin says it: %d %s", got.status, got.body)
	}
	for as, want := range map[person]string{b.member: "ask first; master", b.admin: "ask first; master", b.outside: "master"} {
		if got := b.says(as, b.member); got != want {
			t.Errorf("says %s", got)
		}
	}
	if got := b.saying(b.outside, of, map[id.ID]any{note.ID: "x"}); got.status != http.StatusForbidden {
		t.Errorf("others say it: %d", got.status)
	}
	if got := b.call(b.member, http.MethodGet, "/users/"+id.New().String()+"/custom_profile_attributes", nil).status; got != http.StatusNotFound {
		t.Errorf("nobody's are there: %d", got)
	}
}

func TestTheDatabaseKnowsTheSameAttributes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	db := b.db()
	for name, want := range map[string][]string{"attributes_type_check": attributes.Types, "attributes_visibility_check": attributes.Visibilities, "attributes_value_type_check": attributes.ValueTypes} {
		var rule string
		if err := db.QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = $1", name).Scan(&rule); err != nil {
			t.Fatal(err)
		}
		var known []string
		for _, m := range regexp.MustCompile("'([^']*)'").FindAllStringSubmatch(rule, -1) {
			known = append(known, m[1])
		}
		if !slices.Equal(known, want) {
			t.Errorf("%s knows %q, and the program %q", name, known, want)
		}
	}
}
