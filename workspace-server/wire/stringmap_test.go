package wire

import (
	"encoding/json"
	"maps"
	"testing"
	"unicode/utf8"
)

func FuzzStringMap(f *testing.F) {
	for _, text := range []string{`{}`, `{"a": "b"}`, `{"a": "b", "c": "d:e, {f}"}`, `{"a":"b","c":""}`, `{"a": "\"\u00e4"}`, `{"": ""}`, `{"a": 7}`, `{"a": null}`, `null`, ``, `[]`, `{"a": "b"`,
		`{"a": "b",}`, `{"a"}`, `{"a": "b"} x`, `{ "a" : "b" }`, `{"a": "b" "c": "d"}`, `{"a": "b", "a": "c"}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var ours StringMap
		var theirs map[string]string
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &theirs) != nil {
			return // the database writes no such thing
		}
		if err := ours.ScanBytes([]byte(text)); err != nil || !maps.Equal(ours, theirs) || (ours == nil) != (theirs == nil) {
			t.Errorf("%q is read as %q, %v; want %q", text, ours, err, theirs)
		}
	})
}

func TestADictionaryIsReadWithoutReflection(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{`{}`: true, `{"email": "true", "first_name": "false"}`: true, `{"a": "b", "c": "d:e, {f}"}`: true, `{"a": "\n"}`: false, `{"a": 7}`: false} {
		if _, ok := apart(text); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
}
