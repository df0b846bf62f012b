package provisioner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/terraform"
)

// Archive keeps checkpoints of the audit trail in a cell's archive bucket, which no workspace's credentials open.
type Archive struct {
	client *s3.Client
	bucket string
}

// NewArchive returns the archive of a cell.
func NewArchive(store terraform.ObjectStore, access, secret string) *Archive {
	return &Archive{bucket: store.ArchiveBucket, client: openStore(store, access, secret)}
}

// openStore speaks to a cell's object store with one credential.
func openStore(store terraform.ObjectStore, access, secret string) *s3.Client {
	scheme := "http://"
	if store.TLS {
		scheme = "https://"
	}
	return s3.New(s3.Options{Region: store.Region, BaseEndpoint: aws.String(scheme + store.Endpoint), UsePathStyle: store.PathStyle,
		Credentials:                credentials.NewStaticCredentialsProvider(access, secret, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired})
}

const checkpointFolder = "audit/checkpoints/"

// checkpointName sorts by number.
func checkpointName(number int64) string {
	return fmt.Sprintf("%s%012d.json", checkpointFolder, number)
}

// Keep writes a checkpoint, and overwrites none: another one of the same number, which a restore or somebody with all rights on the
// database brings about, is kept beside it. The same again changes nothing.
func (a *Archive) Keep(ctx context.Context, number int64, signed audit.Signed) error {
	data, err := json.Marshal(signed)
	if err != nil {
		return fmt.Errorf("encode checkpoint %d: %w", number, err)
	}
	taken, err := a.put(ctx, checkpointName(number), data)
	if err == nil && taken {
		var before audit.Signed
		if before, err = a.get(ctx, checkpointName(number)); err == nil && before.Sum() != signed.Sum() {
			_, err = a.put(ctx, otherName(number, signed), data)
		}
	}
	if err != nil {
		return fmt.Errorf("archive checkpoint %d: %w", number, err)
	}
	return nil
}

// otherName is that of a checkpoint whose number was taken.
func otherName(number int64, signed audit.Signed) string {
	return fmt.Sprintf("%s%012d-%x.json", checkpointFolder, number, signed.Sum())
}

// put writes an object unless there is one of its name.
func (a *Archive) put(ctx context.Context, name string, data []byte) (taken bool, err error) {
	_, err = a.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &a.bucket, Key: &name, Body: bytes.NewReader(data),
		ContentType: aws.String("application/json"), IfNoneMatch: aws.String("*")})
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "PreconditionFailed" {
		return true, nil
	}
	return false, err
}

// Kept returns all checkpoints, in the order of their numbers.
func (a *Archive) Kept(ctx context.Context) (list []audit.Signed, err error) {
	pages := s3.NewListObjectsV2Paginator(a.client, &s3.ListObjectsV2Input{Bucket: &a.bucket, Prefix: aws.String(checkpointFolder)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the archived checkpoints: %w", err)
		}
		for _, object := range page.Contents {
			signed, err := a.get(ctx, *object.Key)
			if err != nil {
				return nil, err
			}
			list = append(list, signed)
		}
	}
	return list, nil
}

func (a *Archive) get(ctx context.Context, name string) (signed audit.Signed, err error) {
	object, err := a.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &name})
	if err != nil {
		return signed, fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { _ = object.Body.Close() }()
	data, err := io.ReadAll(object.Body)
	if err != nil {
		return signed, fmt.Errorf("read %s: %w", name, err)
	}
	// What is no checkpoint is left as one that nobody signed: whoever verifies says so.
	_ = json.Unmarshal(data, &signed)
	return signed, nil
}
