package objectstore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

// tenant is a credential with one bucket.
type tenant struct {
	t              testing.TB
	store          *storetest.Store
	access, secret string
	bucket, key    string
	s3             *s3.Client
}

func newTenant(t testing.TB, store *storetest.Store, name string) *tenant {
	t.Helper()
	n := &tenant{t: t, store: store, access: name + "-access", secret: name + "-" + rand.Text(), bucket: name + "-files", key: name + "-key"}
	if err := store.Admin.PutCredential(t.Context(), n.access, n.secret); err != nil {
		t.Fatal(err)
	}
	if err := store.Admin.PutBucket(t.Context(), n.bucket, n.access, n.key); err != nil {
		t.Fatal(err)
	}
	n.s3 = clientFor(store, n.access, n.secret)
	return n
}

func setup(t testing.TB) *tenant {
	t.Helper()
	return newTenant(t, storetest.Start(t), "alpha")
}

func clientFor(store *storetest.Store, access, secret string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String("http://" + store.Endpoint), Region: objectstore.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(access, secret, ""),
		Retryer:     aws.NopRetryer{},
	})
}

func (n *tenant) put(key string, body []byte) *s3.PutObjectOutput {
	n.t.Helper()
	out, err := n.s3.PutObject(n.t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key, Body: bytes.NewReader(body)})
	if err != nil {
		n.t.Fatalf("put %s: %v", key, err)
	}
	return out
}

func (n *tenant) get(key string) []byte {
	n.t.Helper()
	body, err := n.tryGet(key, "")
	if err != nil {
		n.t.Fatalf("get %s: %v", key, err)
	}
	return body
}

func (n *tenant) tryGet(key, byteRange string) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &n.bucket, Key: &key}
	if byteRange != "" {
		in.Range = &byteRange
	}
	out, err := n.s3.GetObject(n.t.Context(), in)
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}

func (n *tenant) keys() string {
	n.t.Helper()
	out, err := n.s3.ListObjectsV2(n.t.Context(), &s3.ListObjectsV2Input{Bucket: &n.bucket})
	if err != nil {
		n.t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return strings.Join(keys, " ")
}

// code is S3's error code, "" for success.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func wantCode(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

func random(size int) []byte {
	b := make([]byte, size)
	rand.Read(b)
	return b
}

// background is a context for what must not end with the test's own.
func background() context.Context { return context.Background() }
