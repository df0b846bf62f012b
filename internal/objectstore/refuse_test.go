package objectstore_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func do(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestEncryptionByTheClientIsRefusedNotIgnored(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("there", []byte("x"))
	customer := aws.String("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	_, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: strings.NewReader("x"),
		ServerSideEncryption: types.ServerSideEncryptionAes256})
	wantCode(t, "SSE-S3", err, "NotImplemented")
	_, err = n.s3.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &n.bucket, Key: aws.String("k"),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("x")})
	wantCode(t, "SSE-KMS upload", err, "NotImplemented")
	// The SDK sends customer keys over TLS only, so the header is sent by hand, and as a parameter of a presigned URL.
	put, err := s3.NewPresignClient(n.s3).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, put.URL, strings.NewReader("x"))
	req.Header.Set("X-Amz-Server-Side-Encryption-Customer-Key", *customer)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotImplemented {
		t.Errorf("SSE-C header: %s", resp.Status)
	}
	if status, body := do(t, "PUT", put.URL+"&X-Amz-Server-Side-Encryption=AES256", "x"); status != 501 || !strings.Contains(body, "server-side-encryption") {
		t.Errorf("SSE parameter: %d %s", status, body)
	}
	if got := n.keys(); got != "there" {
		t.Errorf("objects: %s", got)
	}
}

func TestWhatIsNotSupportedSaysSo(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("x"))
	key := aws.String("k")
	for what, call := range map[string]func() error{
		"tagged put": func() error {
			_, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: key, Body: strings.NewReader("x"), Tagging: aws.String("a=b")})
			return err
		},
		"object lock": func() error {
			_, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: key, Body: strings.NewReader("x"),
				ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn})
			return err
		},
		"versioning": func() error {
			_, err := n.s3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &n.bucket,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
			return err
		},
		"versions": func() error {
			_, err := n.s3.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &n.bucket})
			return err
		},
		"a version": func() error {
			_, err := n.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: key, VersionId: aws.String("x")})
			return err
		},
		"tags": func() error {
			_, err := n.s3.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &n.bucket, Key: key})
			return err
		},
	} {
		wantCode(t, what, call(), "NotImplemented")
	}
	if status, _ := do(t, "PATCH", "http://"+n.store.Endpoint+"/list-users", ""); status != 501 {
		t.Errorf("the gateway's own administration answered %d", status)
	}
	if string(n.get("k")) != "x" {
		t.Error("a refused request changed the object")
	}
}
