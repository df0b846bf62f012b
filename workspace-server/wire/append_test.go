package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// said is what a text of JSON says, whatever its order and spaces.
func said(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// same compares with what encoding/json writes of a value.
func same(t *testing.T, v any) {
	t.Helper()
	ours, _ := JSON(v)
	theirs, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(said(t, ours), said(t, theirs)) {
		t.Errorf("written as\n%s, want\n%s", ours, theirs)
	}
}

// filled sets everything in a struct, so that no member is forgotten.
func filled(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if depth > 0 {
				filled(v.Field(i), depth-1)
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"a": [1, "<b>"]}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filled(v.Index(0), depth)
		filled(v.Index(1), depth)
	case reflect.String:
		v.SetString("<text> \"with\" \\ all\n")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Array:
		v.Set(reflect.ValueOf(id.New()))
	}
}

func TestPostsAreWrittenAsBefore(t *testing.T) {
	t.Parallel()
	whole := &Post{}
	filled(reflect.ValueOf(whole).Elem(), 4)
	plain := &Post{ID: id.New(), Message: "grüße", Props: json.RawMessage("{}"), FileIDs: []id.ID{}, Metadata: &PostMetadata{}}
	yes := true
	lists := []*PostList{{}, {Order: []id.ID{}, Posts: map[id.ID]*Post{}},
		{Order: []id.ID{plain.ID, whole.ID}, Posts: map[id.ID]*Post{plain.ID: plain, whole.ID: whole, id.New(): {}}, HasNext: &yes, NextPostID: id.New(), PrevPostID: id.New(), FirstInaccessiblePostTime: 9}}
	for _, p := range []*Post{whole, plain, {}} {
		same(t, p)
	}
	for i := range reflect.TypeFor[PostMetadata]().NumField() { // a member that is set is told, be it the only one
		p := &Post{Metadata: &PostMetadata{}}
		filled(reflect.ValueOf(p.Metadata).Elem().Field(i), 4)
		same(t, p)
	}
	for _, l := range lists {
		same(t, l)
		same(t, &PostSearchResults{PostList: *l, Matches: map[id.ID][]string{plain.ID: {"a"}}})
		same(t, &PostSearchResults{PostList: *l})
	}
}

func FuzzTextOfPosts(f *testing.F) {
	for _, text := range []string{"", "plain", "a\"b\\c", "<&>", "\u2028", "\x80", "é", "\x00\x1f\x7f", "\xe2\x80", "日本"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ours, _ := JSON(&Post{Message: text})
		theirs, _ := json.Marshal(&Post{Message: text})
		if string(ours) != string(theirs) {
			t.Errorf("%q is written as\n%s, want\n%s", text, ours, theirs)
		}
	})
}
