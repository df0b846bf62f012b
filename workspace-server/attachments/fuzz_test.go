package attachments

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

const ours = `{"attachments":[{"text":"x","actions":[{"id":"a","type":"select","name":"A","data_source":"users","integration":{"url":"https://example.com/secret","context":{"n":1}}},{"name":"B"}]}],"card":"y"}`

var seeds = []string{ours, `{"attachments":{"actions":[]}}`, `{"attachments":[null,1,{"actions":{}},{"actions":[1,null,{"id":1,"integration":"x"}]}]}`, `{"attachments":[{"\u0061ctions":[{"\u0069ntegration":{"url":"x"}}]}]}`, `{}`, `[]`, ``}

func asked(props json.RawMessage) (names []string, calls int) {
	each(props, func(action object) bool {
		names = append(names, name(action))
		if _, has := action["integration"]; has {
			calls++
		}
		return false
	})
	return names, calls
}

// FuzzShown: what actions call is in nothing that is shown, comes back with what was shown, and all else stays as it was; each action has a
// name, by which it is found if it calls anything.
func FuzzShown(f *testing.F) {
	for _, props := range seeds {
		f.Add([]byte(props))
	}
	f.Fuzz(func(t *testing.T, props []byte) {
		if !json.Valid(props) {
			return
		}
		named := Named(props)
		shown := Shown(named)
		names, _ := asked(named)
		if _, calls := asked(shown); calls > 0 {
			t.Errorf("%s shows %s", props, shown)
		}
		unique := map[string]bool{}
		for _, n := range names {
			unique[n] = true
			if _, found := Find(shown, n); n == "" || found {
				t.Errorf("%s has the action %q in %s", props, n, shown)
			}
		}
		var before, after any
		if len(unique) == len(names) && json.Unmarshal(named, &before) == nil && json.Unmarshal(Kept(shown, named), &after) == nil && !reflect.DeepEqual(before, after) {
			t.Errorf("%s came back as %s", named, Kept(shown, named))
		}
	})
}

// FuzzCookie: a cookie says what was sealed in it, and nothing else is one.
func FuzzCookie(f *testing.F) {
	for _, props := range seeds {
		f.Add([]byte(props), "x")
	}
	j, of := NewJar([]byte("secret")), Cookie{Post: id.New(), User: id.New(), Channel: id.New(), Props: json.RawMessage(`{}`)}
	f.Fuzz(func(t *testing.T, props []byte, text string) {
		if _, err := j.Open(text); err == nil {
			t.Errorf("%q is a cookie", text)
		}
		if !json.Valid(props) {
			return
		}
		sealed := j.Seal(props, of)
		if _, calls := asked(sealed); calls > 0 {
			t.Errorf("%s shows %s", props, sealed)
		}
		each(sealed, func(action object) bool {
			var text string
			if json.Unmarshal(action["cookie"], &text) != nil {
				return false
			}
			if got, err := j.Open(text); err == nil && (got.Post != of.Post || got.User != of.User || got.ID != name(action)) {
				t.Errorf("%q is %+v", text, got)
			}
			return false
		})
	})
}
