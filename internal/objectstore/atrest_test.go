package objectstore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// files are the regular files below the data directory by path.
func (n *tenant) files() map[string][]byte {
	n.t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(n.store.Config.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// file is where an object of one segment is kept.
func (n *tenant) file(key string) string {
	return filepath.Join(n.store.Config.Dir, "buckets", n.bucket, "objects", "o"+key)
}

func TestNothingReadableIsOnDisk(t *testing.T) {
	t.Parallel()
	n := setup(t)
	const marker = "PLAINTEXT-MARKER"
	body := bytes.Repeat([]byte(marker), 20000)
	if _, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: bytes.NewReader(body),
		ContentType: aws.String("x/" + marker), Metadata: map[string]string{"m": marker}}); err != nil {
		t.Fatal(err)
	}
	u := n.begin("up", s3.CreateMultipartUploadInput{ContentType: aws.String("x/" + marker)})
	u.part(1, body)
	secrets := []string{marker, n.secret}
	keys, err := os.ReadDir(n.store.Config.KeyringDir)
	if err != nil || len(keys) != 2 {
		t.Fatalf("keyring: %v %v", keys, err)
	}
	for _, k := range keys {
		key, err := os.ReadFile(filepath.Join(n.store.Config.KeyringDir, k.Name()))
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, string(key))
	}
	files := n.files()
	if len(files) < 6 {
		t.Fatalf("only %d files", len(files))
	}
	for path, content := range files {
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
	for _, secret := range secrets {
		if strings.Contains(n.store.Log(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestAChangedFileIsAnErrorNotData(t *testing.T) {
	t.Parallel()
	n := setup(t)
	body := random(1000)
	n.put("k", body)
	good, err := os.ReadFile(n.file("k"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 7 {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		n.damage("k", bad)
		if got, err := n.tryGet("k", ""); code(err) != "ObjectDamaged" {
			t.Fatalf("byte %d of %d: %d bytes, %v", i, len(good), len(got), err)
		}
	}
	for _, size := range []int{0, 1, 7, 8, 52, len(good) / 2, len(good) - 1} {
		n.damage("k", good[:size])
		_, err := n.tryGet("k", "")
		wantCode(t, "cut", err, "ObjectDamaged")
	}
	n.damage("k", append([]byte("x"), good...))
	_, err = n.tryGet("k", "")
	wantCode(t, "longer", err, "ObjectDamaged")
	if _, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: aws.String("k")}); err == nil {
		t.Error("head of a damaged object")
	}
	n.put("other", nil)
	if got := n.keys(); got != "k other" {
		t.Errorf("one damaged object spoils the listing: %s", got)
	}
	n.damage("k", good)
	if !bytes.Equal(n.get("k"), body) {
		t.Error("the restored file does not open")
	}
}

func (n *tenant) damage(key string, content []byte) {
	n.t.Helper()
	if err := os.WriteFile(n.file(key), content, 0o600); err != nil {
		n.t.Fatal(err)
	}
}

func TestDamageInTheMiddleBreaksTheAnswerOff(t *testing.T) {
	t.Parallel()
	n := setup(t)
	body := random(3 << 20)
	n.put("k", body)
	file, err := os.ReadFile(n.file("k"))
	if err != nil {
		t.Fatal(err)
	}
	file[2<<20] ^= 1
	n.damage("k", file)
	out, err := n.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(out.Body); err == nil {
		t.Error("a damaged object was read to its end")
	}
	if got.Len() > 2<<20 || !bytes.HasPrefix(body, got.Bytes()) {
		t.Errorf("%d bytes, a true beginning: %t", got.Len(), bytes.HasPrefix(body, got.Bytes()))
	}
	_, err = n.tryGet("k", "bytes=2097151-2097151")
	wantCode(t, "range in the damaged segment", err, "ObjectDamaged")
	if part, err := n.tryGet("k", "bytes=100-200"); err != nil || !bytes.Equal(part, body[100:201]) {
		t.Errorf("range before the damage: %v", err)
	}
	if !strings.Contains(n.store.Log(), "damaged") {
		t.Error("the log says nothing")
	}
}

func TestSwappedFilesDoNotOpen(t *testing.T) {
	t.Parallel()
	n := setup(t)
	exports := *n
	exports.bucket = "alpha-exports" // of the same owner, with the same key
	if err := n.store.Admin.PutBucket(t.Context(), exports.bucket, n.access, n.key); err != nil {
		t.Fatal(err)
	}
	n.put("a", []byte("one"))
	n.put("b", []byte("two"))
	exports.put("a", []byte("three"))
	a, b, e := n.file("a"), n.file("b"), exports.file("a")
	swap := func(x, y string) {
		t.Helper()
		tmp := filepath.Join(n.store.Config.Dir, "swap")
		for _, r := range [][2]string{{x, tmp}, {y, x}, {tmp, y}} {
			if err := os.Rename(r[0], r[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	swap(a, b)
	_, err := n.tryGet("a", "")
	wantCode(t, "of another key", err, "ObjectDamaged")
	swap(a, b)
	swap(a, e)
	_, err = n.tryGet("a", "")
	wantCode(t, "of another bucket", err, "ObjectDamaged")
	swap(a, e)
	if string(n.get("a")) != "one" {
		t.Error("swapped back, it does not open")
	}
}

func TestADestroyedKeyMakesItsObjectsUnreadable(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("x"))
	if err := n.store.Admin.DestroyKey(t.Context(), n.key); err != nil {
		t.Fatal(err)
	}
	const gone = "KMS.NotFoundException"
	_, err := n.tryGet("k", "")
	wantCode(t, "get", err, gone)
	_, err = n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("new"), Body: strings.NewReader("x")})
	wantCode(t, "put", err, gone)
	_, err = n.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &n.bucket})
	wantCode(t, "list", err, gone)
	_, err = n.s3.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &n.bucket, Key: aws.String("new")})
	wantCode(t, "upload", err, gone)
	if err := n.store.Admin.PutBucket(t.Context(), n.bucket, n.access, n.key); !errors.Is(err, admin.ErrConflict) {
		t.Errorf("the bucket again: %v", err)
	}
	if _, err := n.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &n.bucket, Key: aws.String("k")}); err != nil {
		t.Errorf("delete: %v", err)
	}
	// A key of the same id is another key.
	if err := n.store.Admin.PutBucket(t.Context(), "alpha-again", n.access, n.key); err != nil {
		t.Fatal(err)
	}
	if keys := n.keys(); keys != "" {
		t.Errorf("objects: %s", keys)
	}
}

func TestObjectsOfADestroyedKeyStayUnreadableUnderANewKeyOfItsName(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("x"))
	if err := n.store.Admin.DestroyKey(t.Context(), n.key); err != nil {
		t.Fatal(err)
	}
	if err := n.store.Admin.PutBucket(t.Context(), "alpha-again", n.access, n.key); err != nil {
		t.Fatal(err)
	}
	_, err := n.tryGet("k", "")
	wantCode(t, "get", err, "ObjectDamaged")
}
