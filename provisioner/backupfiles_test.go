package provisioner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/internal/repository"
)

// fileRig is a store with two buckets of files, and one for backups.
type fileRig struct {
	t         *testing.T
	from, to  files
	backups   *repository.Repository
	inBackups *backupBucket
}

func newFileRig(t *testing.T) fileRig {
	t.Helper()
	store := cellStore(t, "from", "into", "backup")
	client := openStore(store, CellOwner, cellSecret)
	r := fileRig{t: t, from: files{client, "from"}, to: files{client, "into"}, inBackups: newBackupBucket(store, cellSecret, "ws")}
	var err error
	if r.backups, err = repository.Open(r.inBackups, [32]byte{5}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r fileRig) put(key string, data []byte) {
	r.t.Helper()
	_, err := r.from.client.PutObject(r.t.Context(), &s3.PutObjectInput{Bucket: &r.from.bucket, Key: &key, Body: bytes.NewReader(data),
		ContentType: aws.String("image/png"), Metadata: map[string]string{"of": key}})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r fileRig) backUp(id string, before map[string]repository.Entry) (repository.Manifest, filesBackedUp) {
	r.t.Helper()
	b, err := r.backups.Begin(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	done, err := r.from.backUp(r.t.Context(), b, before)
	if err != nil {
		r.t.Fatal(err)
	}
	m, err := b.Finish(r.t.Context(), time.Now(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return m, done
}

// all are the objects of a bucket, with what is said of each.
func (f files) all(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	list, err := f.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &f.bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		object, err := f.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &f.bucket, Key: o.Key})
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(object.Body)
		if err != nil {
			t.Fatal(err)
		}
		all[*o.Key] = fmt.Sprint(aws.ToString(object.ContentType), object.Metadata, string(data))
	}
	return all
}

func random(size int) []byte {
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = source.Read(data)
	return data
}

func TestFilesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	r := newFileRig(t)
	r.put("20261130/a/picture.png", random(300))
	r.put("20261130/ä ö/film.mp4", random(20<<20)) // several parts
	r.put("empty", nil)
	m, done := r.backUp("first", nil)
	if done.Count != 3 || done.Read != 3 || done.Bytes != 20<<20+300 {
		t.Errorf("backed up are %+v", done)
	}
	reader, err := r.backups.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.to.restore(t.Context(), reader, m); err != nil || n != 3 {
		t.Fatalf("restored are %d: %v", n, err)
	}
	if want, got := r.from.all(t), r.to.all(t); !maps.Equal(want, got) {
		for key := range want {
			t.Errorf("%s: the same: %t", key, want[key] == got[key])
		}
	}
}

// A workspace may set as many headers as the store takes, and none of them keeps it from being backed up.
func TestAFileWithManyHeadersIsBackedUp(t *testing.T) {
	t.Parallel()
	r := newFileRig(t)
	many := map[string]string{}
	for i := range 70 { // more than a stream may have facts
		many[fmt.Sprintf("m%d", i)] = "\""
	}
	_, err := r.from.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &r.from.bucket, Key: aws.String("many"), Body: bytes.NewReader([]byte("data")), Metadata: many})
	if err != nil {
		t.Fatal(err)
	}
	r.put("other", []byte("data"))
	m, _ := r.backUp("first", nil)
	if _, err := r.backups.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader, err := r.backups.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.to.restore(t.Context(), reader, m); err != nil {
		t.Fatal(err)
	}
	if want, got := r.from.all(t), r.to.all(t); !maps.Equal(want, got) || !strings.Contains(got["many"], "m69") {
		t.Errorf("restored is %v instead of %v", got, want)
	}
}

func TestOnlyFilesThatAreNewAreRead(t *testing.T) {
	t.Parallel()
	r := newFileRig(t)
	for _, key := range []string{"stays", "goes", "changes"} {
		r.put(key, random(1000))
	}
	first, _ := r.backUp("first", nil)
	if _, err := r.from.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &r.from.bucket, Key: aws.String("goes")}); err != nil {
		t.Fatal(err)
	}
	r.put("changes", random(1001)[:1000])
	r.put("new", random(2000))
	reader, err := r.backups.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before, err := entriesOf(t.Context(), reader, first)
	if err != nil {
		t.Fatal(err)
	}
	second, done := r.backUp("second", before)
	if done.Count != 3 || done.Read != 2 || done.Bytes != 4000 {
		t.Errorf("backed up are %+v", done)
	}
	if reader, err = r.backups.Reader(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.to.restore(t.Context(), reader, second); err != nil {
		t.Fatal(err)
	}
	if want, got := r.from.all(t), r.to.all(t); !maps.Equal(want, got) {
		t.Errorf("restored are %d objects, and there were %d", len(got), len(want))
	}
}

func TestADamagedFileIsNotRestored(t *testing.T) {
	t.Parallel()
	r := newFileRig(t)
	r.put("whole", random(3<<20))
	r.put("zz", random(9<<20))
	m, _ := r.backUp("first", nil)
	largest, size := "", int64(0)
	for object, err := range r.inBackups.List(t.Context(), "packs/") {
		if err != nil {
			t.Fatal(err)
		}
		if object.Size > size {
			largest, size = object.Name, object.Size
		}
	}
	data, err := r.inBackups.Get(t.Context(), largest, size)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-100] ^= 1
	if err := r.inBackups.Put(t.Context(), largest, data); err != nil {
		t.Fatal(err)
	}
	reader, err := r.backups.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.to.restore(t.Context(), reader, m)
	if damage := (*repository.Damage)(nil); !errors.As(err, &damage) || damage.Object != largest {
		t.Errorf("it says %v", err)
	}
	if there := r.to.all(t); len(there) > 0 {
		t.Errorf("there are %d objects", len(there))
	}
}
