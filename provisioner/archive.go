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

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/terraform"
)

// Archive keeps checkpoints of the audit trail and certificates of deletions in a cell's archive bucket, which no workspace's credentials open.
type Archive struct {
	client *s3.Client
	bucket string
	memory *ArchiveMemory // nil: everything is read each time
}

// NewArchive returns the archive of a cell.
func NewArchive(store terraform.ObjectStore, access, secret string) *Archive {
	return &Archive{bucket: store.ArchiveBucket, client: openStore(store, access, secret)}
}

// AccessLog is what is kept beside that of requests to workspaces.
func (a *Archive) AccessLog() *accesslog.Store { return accesslog.NewStore(a.client, a.bucket) }

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

const (
	auditFolder      = "audit/"
	checkpointFolder = auditFolder + "checkpoints/"
	restoreFolder    = auditFolder + "restores/"
)

// checkpointName sorts by number.
func checkpointName(number int64) string {
	return fmt.Sprintf("%s%012d.json", checkpointFolder, number)
}

// Keep writes a checkpoint, and overwrites none: another one of the same number, which a restore or somebody with all rights on the
// database brings about, is kept beside it. The same again changes nothing.
func (a *Archive) Keep(ctx context.Context, number int64, kept audit.Archived) error {
	data, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode checkpoint %d: %w", number, err)
	}
	taken, err := a.put(ctx, checkpointName(number), data)
	if err == nil && taken {
		var before audit.Archived
		if before, err = a.get(ctx, checkpointName(number)); err == nil && before.Sum() != kept.Sum() {
			_, err = a.put(ctx, otherName(number, kept.Signed), data)
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

// KeepRestore writes the note of a restore. The same again changes nothing.
func (a *Archive) KeepRestore(ctx context.Context, note audit.Signed) error {
	data, err := json.Marshal(audit.Archived{Signed: note})
	if err == nil {
		_, err = a.put(ctx, fmt.Sprintf("%s%x.json", restoreFolder, note.Sum()), data)
	}
	if err != nil {
		return fmt.Errorf("archive the note of a restore: %w", err)
	}
	return nil
}

// put writes JSON unless there is an object of its name.
func (a *Archive) put(ctx context.Context, name string, data []byte) (taken bool, err error) {
	return a.putAs(ctx, name, "application/json", data)
}

func (a *Archive) putAs(ctx context.Context, name, mediaType string, data []byte) (taken bool, err error) {
	_, err = a.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &a.bucket, Key: &name, Body: bytes.NewReader(data),
		ContentType: &mediaType, IfNoneMatch: aws.String("*")})
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "PreconditionFailed" {
		return true, nil
	}
	return false, err
}

func (a *Archive) get(ctx context.Context, name string) (kept audit.Archived, err error) {
	data, err := a.read(ctx, name)
	if err != nil {
		return kept, err
	}
	// What is no checkpoint is left as one that nobody signed: whoever verifies says so.
	_ = json.Unmarshal(data, &kept)
	return kept, nil
}

func (a *Archive) read(ctx context.Context, name string) ([]byte, error) {
	object, err := a.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &name})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { _ = object.Body.Close() }()
	data, err := io.ReadAll(object.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
