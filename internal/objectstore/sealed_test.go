package objectstore

import (
	"bytes"
	"flag"
	"io"
	"os"
	"reflect"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata anew; only for a new format, beside the old file")

// An object that an older release sealed must open for ever.
func TestTheFirstFormatStillOpens(t *testing.T) {
	t.Parallel()
	const path = "testdata/format-1.sealed"
	key, where := bytes.Repeat([]byte{7}, 32), place("object", "bucket", "a/key")
	content := bytes.Repeat([]byte("longhouse "), 10)
	want := meta{Size: int64(len(content)), ETag: `"etag"`, Modified: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Headers: headers{ContentType: "text/plain"}, User: map[string]string{"colour": "blue"},
		Checksum: checksum{Algorithm: "CRC32", Type: "FULL_OBJECT", Value: "AAAAAA=="}}
	if *update {
		var out bytes.Buffer
		if err := writeSealed(&out, key, where, bytes.NewReader(content), func(int64) (meta, error) { return want, nil }); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := openSealed(path, key, where)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.meta, want) {
		t.Errorf("meta %+v, want %+v", f.meta, want)
	}
	body, err := f.open(0, f.meta.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%q %v", got, err)
	}
}
