package objectstore_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var sizes = []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 5 << 20}

func TestObjectsComeBackAsTheyWerePut(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, size := range sizes {
		key, body := fmt.Sprintf("dir/size %d + ü", size), random(size)
		put := n.put(key, body)
		if want := fmt.Sprintf(`"%x"`, md5.Sum(body)); *put.ETag != want {
			t.Errorf("%d bytes: ETag %s, want %s", size, *put.ETag, want)
		}
		if !bytes.Equal(n.get(key), body) {
			t.Errorf("%d bytes came back changed", size)
		}
		head, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: &key})
		if err != nil || *head.ContentLength != int64(size) || *head.ETag != *put.ETag {
			t.Errorf("%d bytes: head %+v %v", size, head, err)
		}
	}
}

func TestListingsGivePlaintextSizes(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, size := range sizes {
		n.put(fmt.Sprintf("%d", size), random(size))
	}
	out, err := n.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &n.bucket})
	if err != nil || len(out.Contents) != len(sizes) {
		t.Fatalf("%v %v", out, err)
	}
	for _, o := range out.Contents {
		if fmt.Sprint(*o.Size) != *o.Key || time.Since(*o.LastModified) > time.Minute || len(*o.ETag) != 34 {
			t.Errorf("%s: size %d, modified %s, ETag %s", *o.Key, *o.Size, o.LastModified, *o.ETag)
		}
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	n := setup(t)
	body := random(3*64<<10 + 100)
	n.put("k", body)
	size := len(body)
	for _, c := range []struct {
		spec       string
		start, end int
	}{
		{"bytes=0-0", 0, 1},
		{"bytes=10-19", 10, 20},
		{"bytes=65535-65536", 65535, 65537},
		{"bytes=65536-131071", 65536, 131072},
		{"bytes=65536-131072", 65536, 131073},
		{"bytes=100000-", 100000, size},
		{"bytes=-1", size - 1, size},
		{"bytes=-100", size - 100, size},
		{"bytes=-150000", size - 150000, size},
		{"bytes=-99999999", 0, size},
		{fmt.Sprintf("bytes=%d-%d", size-1, size+10), size - 1, size},
	} {
		got, err := n.tryGet("k", c.spec)
		if err != nil || !bytes.Equal(got, body[c.start:c.end]) {
			t.Errorf("%s: %d bytes, want %d, equal %t, %v", c.spec, len(got), c.end-c.start, bytes.Equal(got, body[c.start:c.end]), err)
		}
	}
	_, err := n.tryGet("k", fmt.Sprintf("bytes=%d-", size))
	wantCode(t, "range after the end", err, "InvalidRange")
}

func TestMetadataAndHeadersAreKept(t *testing.T) {
	t.Parallel()
	n := setup(t)
	if _, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: strings.NewReader("x"),
		ContentType: aws.String("image/png"), CacheControl: aws.String("no-store"), ContentDisposition: aws.String("inline"),
		ContentLanguage: aws.String("de"), ContentEncoding: aws.String("gzip"), Metadata: map[string]string{"colour": "blue"},
	}); err != nil {
		t.Fatal(err)
	}
	head, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(*head.ContentType, *head.CacheControl, *head.ContentDisposition, *head.ContentLanguage, *head.ContentEncoding, head.Metadata)
	if want := fmt.Sprint("image/png", "no-store", "inline", "de", "gzip", map[string]string{"colour": "blue"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestChecksumsAreVerifiedKeptAndReturned(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, algorithm := range []types.ChecksumAlgorithm{types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c,
		types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256} {
		key := string(algorithm)
		put, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key, Body: bytes.NewReader(random(100000)),
			ChecksumAlgorithm: algorithm})
		if err != nil {
			t.Fatal(algorithm, err)
		}
		head, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(algorithm, err)
		}
		sent := fmt.Sprint(ptrs(put.ChecksumCRC32, put.ChecksumCRC32C, put.ChecksumCRC64NVME, put.ChecksumSHA1, put.ChecksumSHA256))
		kept := fmt.Sprint(ptrs(head.ChecksumCRC32, head.ChecksumCRC32C, head.ChecksumCRC64NVME, head.ChecksumSHA1, head.ChecksumSHA256))
		if sent != kept || len(sent) < 10 {
			t.Errorf("%s: put %s, head %s", algorithm, sent, kept)
		}
	}
	wrong := &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("wrong"), Body: strings.NewReader("hello"), ChecksumSHA256: aws.String("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")}
	if _, err := n.s3.PutObject(t.Context(), wrong); err != nil {
		t.Fatalf("the right sum of hello: %v", err)
	}
	wrong.Body, wrong.Key = strings.NewReader("hallo"), aws.String("wronger")
	_, err := n.s3.PutObject(t.Context(), wrong)
	wantCode(t, "wrong SHA-256", err, "BadDigest")
	_, err = n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("wronger"), Body: strings.NewReader("hallo"),
		ContentMD5: aws.String("XUFAKrxLKna5cZ2REBfFkg==")})
	wantCode(t, "wrong Content-MD5", err, "BadDigest")
	if keys := n.keys(); strings.Contains(keys, "wronger") {
		t.Errorf("a refused put left an object: %s", keys)
	}
}

func ptrs(ps ...*string) (out []string) {
	for _, p := range ps {
		if p != nil {
			out = append(out, *p)
		}
	}
	return out
}

func TestConditionalPuts(t *testing.T) {
	t.Parallel()
	n := setup(t)
	put := func(body string, ifMatch, ifNoneMatch *string) error {
		_, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: strings.NewReader(body),
			IfMatch: ifMatch, IfNoneMatch: ifNoneMatch})
		return err
	}
	wantCode(t, "if absent, absent", put("one", nil, aws.String("*")), "")
	wantCode(t, "if absent, present", put("two", nil, aws.String("*")), "PreconditionFailed")
	etag := fmt.Sprintf(`"%x"`, md5.Sum([]byte("one")))
	wantCode(t, "if unchanged, unchanged", put("three", &etag, nil), "")
	wantCode(t, "if unchanged, changed", put("four", &etag, nil), "PreconditionFailed")
	if got := string(n.get("k")); got != "three" {
		t.Errorf("got %q", got)
	}
}

func TestOfManyConditionalPutsOneWins(t *testing.T) {
	t.Parallel()
	n := setup(t)
	const writers = 16
	won := make(chan string, writers)
	done := make(chan struct{})
	for i := range writers {
		go func() {
			defer func() { done <- struct{}{} }()
			body := fmt.Sprint(i)
			if _, err := n.s3.PutObject(background(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: strings.NewReader(body),
				IfNoneMatch: aws.String("*")}); err == nil {
				won <- body
			}
		}()
	}
	for range writers {
		<-done
	}
	if len(won) != 1 || string(n.get("k")) != <-won {
		t.Fatalf("%d writers won", len(won))
	}
}

func TestConditionalGets(t *testing.T) {
	t.Parallel()
	n := setup(t)
	etag := n.put("k", []byte("x")).ETag
	head, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	get := func(in s3.GetObjectInput) error {
		in.Bucket, in.Key = &n.bucket, aws.String("k")
		_, err := n.s3.GetObject(t.Context(), &in)
		return err
	}
	wantCode(t, "if-match", get(s3.GetObjectInput{IfMatch: etag}), "")
	wantCode(t, "if-match other", get(s3.GetObjectInput{IfMatch: aws.String(`"x"`)}), "PreconditionFailed")
	wantCode(t, "if-none-match", get(s3.GetObjectInput{IfNoneMatch: etag}), "NotModified")
	wantCode(t, "if-modified-since itself", get(s3.GetObjectInput{IfModifiedSince: head.LastModified}), "NotModified")
	wantCode(t, "if-unmodified-since itself", get(s3.GetObjectInput{IfUnmodifiedSince: head.LastModified}), "")
}

func TestCopySealsAgain(t *testing.T) {
	t.Parallel()
	n := setup(t)
	second := "alpha-exports"
	if err := n.store.Admin.PutBucket(t.Context(), second, n.access, "another-key"); err != nil {
		t.Fatal(err)
	}
	body := random(200000)
	n.put("a b+c/ü", body)
	copyTo := func(bucket, key string, in s3.CopyObjectInput) error {
		in.Bucket, in.Key, in.CopySource = &bucket, &key, aws.String(n.bucket+"/a%20b%2Bc/%C3%BC")
		_, err := n.s3.CopyObject(t.Context(), &in)
		return err
	}
	wantCode(t, "within the bucket", copyTo(n.bucket, "copy", s3.CopyObjectInput{}), "")
	wantCode(t, "to another key", copyTo(second, "copy", s3.CopyObjectInput{MetadataDirective: types.MetadataDirectiveReplace,
		ContentType: aws.String("text/x"), Metadata: map[string]string{"a": "b"}}), "")
	if !bytes.Equal(n.get("copy"), body) {
		t.Error("the copy differs")
	}
	out, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &second, Key: aws.String("copy")})
	if err != nil || *out.ContentType != "text/x" || out.Metadata["a"] != "b" || *out.ContentLength != int64(len(body)) {
		t.Errorf("%+v %v", out, err)
	}
	_, err = n.s3.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &n.bucket, Key: aws.String("c"), CopySource: aws.String(n.bucket + "/absent")})
	wantCode(t, "absent source", err, "NoSuchKey")
}

func TestDeletes(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, k := range []string{"a", "b/c/d", "b/e", "f"} {
		n.put(k, []byte("x"))
	}
	for _, k := range []string{"b/c/d", "b/c/d", "absent/key"} {
		if _, err := n.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &n.bucket, Key: &k}); err != nil {
			t.Fatal(k, err)
		}
	}
	if got := n.keys(); got != "a b/e f" {
		t.Errorf("left: %s", got)
	}
	out, err := n.s3.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &n.bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("a")}, {Key: aws.String("b/e")}, {Key: aws.String("never")}}}})
	if err != nil || len(out.Deleted) != 3 || len(out.Errors) != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	if got := n.keys(); got != "f" {
		t.Errorf("left: %s", got)
	}
	_, err = n.tryGet("a", "")
	wantCode(t, "deleted", err, "NoSuchKey")
}

func TestPresignedURLs(t *testing.T) {
	t.Parallel()
	n := setup(t)
	presign := s3.NewPresignClient(n.s3)
	put, err := presign.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := do(t, "PUT", put.URL, "hello"); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	get, err := presign.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := do(t, "GET", get.URL, ""); status != 200 || body != "hello" {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := do(t, "GET", strings.Replace(get.URL, "/k?", "/other?", 1), ""); status != 403 {
		t.Errorf("another key with the same signature: %d", status)
	}
}
