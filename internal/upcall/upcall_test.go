package upcall_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/upcall"
)

const user = "abcdefghijklmnopqrstuvwxyz"

func TestWhatIsWrongWithASaveIsNamed(t *testing.T) {
	t.Parallel()
	for body, say := range map[string]string{
		`[]`:            "the wish to save",
		`{"rules": []}`: "user.id",
		`{"user": {"id": "` + strings.ToUpper(user) + `", "name": "ada"}, "rules": []}`:                             "user.id",
		`{"user": {"id": "` + user + `", "name": "Ada Lovelace"}, "rules": []}`:                                     "user.name",
		`{"user": {"id": "` + user + `", "name": "ada"}}`:                                                           "rules: needed",
		`{"user": {"id": "` + user + `", "name": "ada"}, "rules": [{"network": "::/0", "owner": "ada@x.example"}]}`: "rules[0].owner",
	} {
		if _, err := upcall.ParseSave([]byte(body)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, want %q", body, err, say)
		}
	}
}

// FuzzParseSave: what is taken names a user who can be written down as it is, and comes back as it was.
func FuzzParseSave(f *testing.F) {
	body, err := json.Marshal(upcall.Save{User: upcall.User{ID: user, Name: "ada"}, From: "203.0.113.9", Rules: []upcall.IPRule{{Network: "203.0.113.0/24", Owner: user, Enabled: true}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"user":{"id":"` + user + `","name":"ada\n"},"rules":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := upcall.ParseSave(body)
		if err != nil {
			return
		}
		if len(s.User.ID) != 26 || s.User.Name == "" || strings.ContainsAny(s.User.ID+s.User.Name, " \n/") {
			t.Fatalf("%+v", s.User)
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := upcall.ParseSave(again); err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("%+v became %+v: %v", s, back, err)
		}
	})
}
