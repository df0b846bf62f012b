package provisioner

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/terraform"
)

func TestABucketIsCountedAsLongAsTheStoreLetsUsLook(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	ctx := t.Context()
	for _, access := range []string{"own", "foreign"} {
		if err := store.Admin.PutCredential(ctx, access, "the-secret-of-"+access); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Admin.PutBucket(ctx, "files", "own", "key"); err != nil {
		t.Fatal(err)
	}
	open := func(access, secret string) *s3.Client {
		return openStore(terraform.ObjectStore{Endpoint: store.Endpoint, Region: "local", PathStyle: true}, access, secret)
	}
	own, bucket := open("own", "the-secret-of-own"), "files"
	for name, content := range map[string]string{"a": "four", "b/c": "seventy"} {
		if _, err := own.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: strings.NewReader(content)}); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := measureBucket(ctx, own, "files"); err != nil || u == nil || u.objects != 2 || u.bytes != 11 {
		t.Errorf("counted %+v, %v", u, err)
	}
	for why, try := range map[string]struct {
		client *s3.Client
		bucket string
	}{"no such bucket": {own, "gone"}, "revoked": {open("never", "the-secret-of-never"), "files"}, "another's": {open("foreign", "the-secret-of-foreign"), "files"}} {
		if u, err := measureBucket(ctx, try.client, try.bucket); err != nil || u != nil {
			t.Errorf("%s: counted %+v, %v", why, u, err)
		}
	}
	nowhere := openStore(terraform.ObjectStore{Endpoint: "127.0.0.1:1", Region: "x", PathStyle: true}, "own", "the-secret-of-own")
	if u, err := measureBucket(ctx, nowhere, "files"); err == nil {
		t.Errorf("a store that does not answer: %+v", u)
	}
}
