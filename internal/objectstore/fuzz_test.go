package objectstore

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// FuzzKey: the file of a key is in its bucket's folder, below no other key's file, and no other key has it.
func FuzzKey(f *testing.F) {
	for _, key := range []string{"a", "a/b", "a//b", "/", "../x", "a/../../b", ".", "a/.", "a\x00b", "oa/ob", strings.Repeat("a", 255), "\xff", "a\\b", "\ufffe"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		path, err := objectPath(key)
		if err != nil {
			return
		}
		if !filepath.IsLocal(path) || filepath.Clean(path) != path {
			t.Errorf("%q is kept at %q", key, path)
		}
		var back []string
		names := strings.Split(path, "/")
		for i, name := range names {
			want := dirPrefix
			if i == len(names)-1 {
				want = leafPrefix
			}
			segment, ok := strings.CutPrefix(name, want)
			if !ok || len(name) > 255 {
				t.Errorf("%q is kept at %q", key, path)
			}
			back = append(back, segment)
		}
		if got := strings.Join(back, "/"); got != key {
			t.Errorf("%q and %q are kept in the same file", key, got)
		}
	})
}

// FuzzAdministration: a body is taken only where it is one whole value of known fields, and what it names can be a file's name.
func FuzzAdministration(f *testing.F) {
	for _, body := range []string{`{"owner":"one","key":"two"}`, `{"owner":"../one"}`, `{"owner":"a"} {}`, `{"owner":"a","more":1}`, `[]`, `null`, "", strings.Repeat("[", 10_000)} {
		f.Add(body, "files", "")
	}
	f.Fuzz(func(t *testing.T, body, bucket, more string) {
		var spec admin.BucketSpec
		if decode(httptest.NewRequest(http.MethodPut, "/v1/buckets/x", strings.NewReader(body+more)), &spec) == nil && !json.Valid([]byte(body+more)) {
			t.Errorf("%q was taken for %+v", body+more, spec)
		}
		for _, name := range []string{spec.Owner, spec.Key, bucket} {
			fit := checkAccess(name) == nil || checkKeyID(name) == nil || validBucket.MatchString(name)
			if fit && (!filepath.IsLocal(name) || strings.ContainsAny(name, "/\\\x00\n")) {
				t.Errorf("%q is a name", name)
			}
		}
	})
}
