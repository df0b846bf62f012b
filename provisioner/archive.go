package provisioner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

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

// Keep writes a checkpoint. The same again changes nothing.
func (a *Archive) Keep(ctx context.Context, number int64, signed audit.Signed) error {
	data, err := json.Marshal(signed)
	if err != nil {
		return fmt.Errorf("encode checkpoint %d: %w", number, err)
	}
	_, err = a.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &a.bucket, Key: aws.String(checkpointName(number)), Body: bytes.NewReader(data),
		ContentType: aws.String("application/json")})
	if err != nil {
		return fmt.Errorf("archive checkpoint %d: %w", number, err)
	}
	return nil
}

// Kept returns all checkpoints in their order.
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
