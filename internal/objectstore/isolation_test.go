package objectstore_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

// operations are everything that a client may try on a bucket with an object "k" in it and an upload under way.
func operations(t *testing.T, c *s3.Client, bucket string, own *string, upload *upload) map[string]func() error {
	ctx, b, k := t.Context(), &bucket, aws.String("k")
	return map[string]func() error{
		"GetObject":     func() error { _, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k}); return err },
		"HeadObject":    func() error { _, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: k}); return err },
		"HeadBucket":    func() error { _, err := c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: b}); return err },
		"ListObjects":   func() error { _, err := c.ListObjects(ctx, &s3.ListObjectsInput{Bucket: b}); return err },
		"ListObjectsV2": func() error { _, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b}); return err },
		"PutObject": func() error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: k, Body: strings.NewReader("stolen")})
			return err
		},
		"DeleteObject": func() error { _, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: k}); return err },
		"CopyObject out": func() error {
			_, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: own, Key: aws.String("loot"), CopySource: aws.String(bucket + "/k")})
			return err
		},
		"CopyObject out, escaped": func() error {
			_, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: own, Key: aws.String("loot"), CopySource: aws.String(bucket + "%2Fk")})
			return err
		},
		"CopyObject in": func() error {
			_, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: b, Key: k, CopySource: aws.String(*own + "/own")})
			return err
		},
		"CreateMultipartUpload": func() error {
			_, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: b, Key: k})
			return err
		},
		"UploadPart": func() error {
			_, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: &upload.key, UploadId: upload.id, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
			return err
		},
		"UploadPartCopy": func() error {
			_, err := c.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: b, Key: &upload.key, UploadId: upload.id, PartNumber: aws.Int32(1), CopySource: aws.String(*own + "/own")})
			return err
		},
		"CompleteMultipartUpload": func() error {
			_, err := c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: b, Key: &upload.key, UploadId: upload.id,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: upload.done}})
			return err
		},
		"AbortMultipartUpload": func() error {
			_, err := c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: b, Key: &upload.key, UploadId: upload.id})
			return err
		},
		"ListParts": func() error {
			_, err := c.ListParts(ctx, &s3.ListPartsInput{Bucket: b, Key: &upload.key, UploadId: upload.id})
			return err
		},
		"ListMultipartUploads": func() error {
			_, err := c.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: b})
			return err
		},
		"GetObjectAttributes": func() error {
			_, err := c.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: b, Key: k, ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag}})
			return err
		},
		"GetBucketAcl":    func() error { _, err := c.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: b}); return err },
		"GetBucketPolicy": func() error { _, err := c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b}); return err },
		"GetBucketVersioning": func() error {
			_, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: b})
			return err
		},
	}
}

// changes are what nobody may do to a bucket over S3, its owner included.
func changes(t *testing.T, c *s3.Client, bucket string) map[string]func() error {
	ctx, b := t.Context(), &bucket
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` +
		bucket + `","arn:aws:s3:::` + bucket + `/*"]}]}`
	return map[string]func() error{
		"DeleteBucket": func() error { _, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b}); return err },
		"PutBucketPolicy": func() error {
			_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: b, Policy: &policy})
			return err
		},
		"PutBucketAcl": func() error {
			_, err := c.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: b, ACL: types.BucketCannedACLPublicRead})
			return err
		},
		"PutObjectAcl": func() error {
			_, err := c.PutObjectAcl(ctx, &s3.PutObjectAclInput{Bucket: b, Key: aws.String("k"), ACL: types.ObjectCannedACLPublicRead})
			return err
		},
		"PutBucketVersioning": func() error {
			_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: b,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
			return err
		},
		"PutBucketOwnershipControls": func() error {
			_, err := c.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{Bucket: b,
				OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipObjectWriter}}}})
			return err
		},
		"PutBucketCors": func() error {
			_, err := c.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: b, CORSConfiguration: &types.CORSConfiguration{
				CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}})
			return err
		},
	}
}

func TestAnotherTenantsCredentialIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	victim, thief := newTenant(t, store, "alpha"), newTenant(t, store, "beta")
	victim.put("k", []byte("secret"))
	thief.put("own", []byte("x"))
	up := victim.begin("up", s3.CreateMultipartUploadInput{})
	up.part(1, []byte("part"))
	for name, try := range operations(t, thief.s3, victim.bucket, &thief.bucket, up) {
		if got := code(try()); got != "AccessDenied" && got != "Forbidden" { // HEAD has no body, and so no code
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, try := range changes(t, thief.s3, victim.bucket) {
		if try() == nil {
			t.Errorf("%s went through", name)
		}
	}
	out, err := thief.s3.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &victim.bucket,
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("k")}}}})
	if err == nil && len(out.Deleted) != 0 {
		t.Errorf("DeleteObjects: %+v", out)
	}
	if string(victim.get("k")) != "secret" || thief.keys() != "own" {
		t.Errorf("the victim has %q, the thief has %q", victim.get("k"), thief.keys())
	}
	if _, err := up.complete(); err != nil {
		t.Errorf("the victim's upload: %v", err)
	}
}

func TestTheOwnerCantChangeItsBucket(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("secret"))
	for name, try := range changes(t, n.s3, n.bucket) {
		if got := code(try()); got != "AccessDenied" && got != "NotImplemented" && got != "AccessControlListNotSupported" {
			t.Errorf("%s: %q", name, got)
		}
	}
	_, err := n.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("alpha-more")})
	wantCode(t, "CreateBucket", err, "AccessDenied")
	for _, path := range []string{"/k", "/?list-type=2", ""} {
		if status, _ := do(t, http.MethodGet, "http://"+n.store.Endpoint+"/"+n.bucket+path, ""); status != http.StatusForbidden {
			t.Errorf("nobody gets %q: %d", path, status)
		}
	}
	if string(n.get("k")) != "secret" {
		t.Error("the object changed")
	}
}

func TestOwnBucketsAloneAreListed(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	a := newTenant(t, store, "alpha")
	newTenant(t, store, "beta")
	if err := store.Admin.PutBucket(t.Context(), "alpha-exports", a.access, a.key); err != nil {
		t.Fatal(err)
	}
	out, err := a.s3.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(out.Buckets) != 2 || *out.Buckets[0].Name != "alpha-exports" || *out.Buckets[1].Name != "alpha-files" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestWrongKeyPairs(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for what, c := range map[string]struct {
		client *s3.Client
		want   string
	}{
		"wrong secret":   {clientFor(n.store, n.access, n.secret+"x"), "SignatureDoesNotMatch"},
		"unknown access": {clientFor(n.store, "nobody", n.secret), "InvalidAccessKeyId"},
	} {
		_, err := c.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &n.bucket})
		wantCode(t, what, err, c.want)
	}
	elsewhere := s3.New(n.s3.Options(), func(o *s3.Options) { o.Region = "eu-central-1" })
	if _, err := elsewhere.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &n.bucket}); err == nil {
		t.Errorf("a signature for a region that is not %s was taken", objectstore.Region)
	}
}

func TestARevokedCredentialIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("x"))
	presigned, err := s3.NewPresignClient(n.s3).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.store.Admin.DeleteCredential(t.Context(), n.access); err != nil {
		t.Fatal(err)
	}
	_, err = n.tryGet("k", "")
	wantCode(t, "revoked", err, "InvalidAccessKeyId")
	if status, _ := do(t, http.MethodGet, presigned.URL, ""); status != http.StatusForbidden {
		t.Errorf("presigned before the revocation: %d", status)
	}
	if err := n.store.Admin.PutCredential(t.Context(), n.access, "quite-another-secret"); err != nil {
		t.Fatal(err)
	}
	_, err = n.tryGet("k", "")
	wantCode(t, "the old secret", err, "SignatureDoesNotMatch")
	n.s3 = clientFor(n.store, n.access, "quite-another-secret")
	if string(n.get("k")) != "x" {
		t.Error("the new secret does not open the bucket")
	}
}
