package storetest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Archive is an empty bucket, as a cell's archive is, in a store of its own, and a client that may read and write it.
func Archive(t testing.TB) (client *s3.Client, bucket string) {
	t.Helper()
	store := Start(t)
	const owner, secret = "cell", "a-secret-of-forty-characters-for-a-test0"
	if err := store.Admin.PutCredential(t.Context(), owner, secret); err != nil {
		t.Fatal(err)
	}
	bucket = "archive"
	if err := store.Admin.PutBucket(t.Context(), bucket, owner, bucket); err != nil {
		t.Fatal(err)
	}
	return s3.New(s3.Options{Region: "local", BaseEndpoint: aws.String("http://" + store.Endpoint), UsePathStyle: true,
		Credentials:                credentials.NewStaticCredentialsProvider(owner, secret, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired}), bucket
}
