package objectstore

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/versity/versitygw/s3err"
)

var sealKey, sealPlace = bytes.Repeat([]byte{7}, 32), place("object", "bucket", "a/key")

// sealed is a file of a content and what is kept beside it.
func sealed(t testing.TB, content []byte, m meta) ([]byte, error) {
	t.Helper()
	var out bytes.Buffer
	err := writeSealed(&out, sealKey, sealPlace, bytes.NewReader(content), func(int64) (meta, error) { return m, nil })
	return out.Bytes(), err
}

// opened is what a file has in it.
func opened(t testing.TB, file []byte) (m meta, content []byte, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openSealed(path, sealKey, sealPlace)
	if err != nil {
		return m, nil, err
	}
	body, err := f.open(0, f.meta.Size)
	if err != nil {
		f.Close()
		return m, nil, err
	}
	defer body.Close()
	content, err = io.ReadAll(body)
	return f.meta, content, err
}

// FuzzSealed: of all files only those that were written open, at every place of the footer, the meta and the body.
func FuzzSealed(f *testing.F) {
	whole, err := os.ReadFile("testdata/format-1.sealed") // the same in each process of the fuzzer
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[len(whole)-footerSize:])
	f.Add([]byte(magic))
	f.Add(append(append(make([]byte, saltSize), 0xff, 0xff, 0xff, 0xff), magic...))
	f.Add(append(append(make([]byte, saltSize), 0, 0, 0, 0), magic...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		if bytes.Equal(file, whole) {
			return
		}
		if m, content, err := opened(t, file); !errors.Is(err, errDamaged) {
			t.Errorf("%q opens as %+v, %q, %v", file, m, content, err)
		}
	})
}

// FuzzMeta: what a client sent with an object comes back as it was, or the object is refused.
func FuzzMeta(f *testing.F) {
	f.Add("text/plain", "gzip", "max-age=1", "colour", "blue", []byte("content"))
	f.Add("", "\xff", "", "", "", []byte{})
	f.Add("a", "", "", "\xc3", "\xa4", []byte{0})
	f.Add("<&>\u2028", "\x00", "\x7f", "A", "\ufffd", bytes.Repeat([]byte("x"), segment+1))
	f.Fuzz(func(t *testing.T, kind, encoding, cache, name, value string, content []byte) {
		want := meta{ETag: `"etag"`, Modified: time.Unix(0, 0).UTC(), Headers: headers{ContentType: kind, ContentEncoding: encoding, CacheControl: cache}, User: map[string]string{name: value}}
		file, err := sealed(t, content, want)
		if err != nil {
			var refused s3err.S3Error
			if !errors.As(err, &refused) || utf8.ValidString(kind+"\x00"+encoding+"\x00"+cache+"\x00"+name+"\x00"+value) {
				t.Errorf("%+v is refused: %v", want, err)
			}
			return
		}
		want.Size = int64(len(content))
		if m, got, err := opened(t, file); err != nil || !reflect.DeepEqual(m, want) || !bytes.Equal(got, content) {
			t.Errorf("%+v comes back as %+v, %d bytes, %v", want, m, len(got), err)
		}
	})
}
