package provisioner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/longhouse-dev/longhouse/internal/repository"
	"github.com/longhouse-dev/longhouse/terraform"
)

// backupBucket is the part of a cell's backup bucket in which one workspace's backups are. No workspace's credentials open it.
type backupBucket struct {
	client *s3.Client
	bucket string
	prefix string // ends with a slash
}

// newBackupBucket opens the part that belongs to a storage, which its folder names.
func newBackupBucket(store terraform.ObjectStore, secret, folder string) *backupBucket {
	return &backupBucket{client: openStore(store, CellOwner, secret), bucket: store.BackupBucket, prefix: folder + "/"}
}

// folder is what the store calls the part by.
func (b *backupBucket) folder() string { return strings.TrimSuffix(b.prefix, "/") }

// backupFolders are the parts of a cell's backup bucket in which there is something.
func backupFolders(ctx context.Context, client *s3.Client, bucket string) (folders []string, err error) {
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list whose backups there are: %w", err)
		}
		for _, p := range page.CommonPrefixes {
			folders = append(folders, strings.TrimSuffix(aws.ToString(p.Prefix), "/"))
		}
	}
	return folders, nil
}

// Put implements repository.Objects. The store compares what it has received with its SHA-256.
func (b *backupBucket) Put(ctx context.Context, name string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.bucket, Key: aws.String(b.prefix + name), Body: bytes.NewReader(data),
		ContentType: aws.String("application/octet-stream"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256})
	return err
}

// Get implements repository.Objects.
func (b *backupBucket) Get(ctx context.Context, name string, most int64) ([]byte, error) {
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: aws.String(b.prefix + name)})
	if none := (*types.NoSuchKey)(nil); errors.As(err, &none) {
		return nil, repository.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = object.Body.Close() }()
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(object.Body, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("it is of more than %d bytes", most)
	}
	return data.Bytes(), err
}

// Delete implements repository.Objects.
func (b *backupBucket) Delete(ctx context.Context, name string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: aws.String(b.prefix + name)})
	return err
}

// List implements repository.Objects.
func (b *backupBucket) List(ctx context.Context, prefix string) iter.Seq2[repository.Object, error] {
	return func(yield func(repository.Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: aws.String(b.prefix + prefix)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(repository.Object{}, err)
				return
			}
			for _, object := range page.Contents {
				if !yield(repository.Object{Name: strings.TrimPrefix(aws.ToString(object.Key), b.prefix), Size: aws.ToInt64(object.Size)}, nil) {
					return
				}
			}
		}
	}
}

// leased lets only who still has the operation change anything: one who slept in the midst of a sweep would remove what another has written since.
type leased struct {
	*backupBucket
	run *Run
}

// Put implements repository.Objects.
func (l leased) Put(ctx context.Context, name string, data []byte) error {
	if err := l.run.stillHeld(ctx); err != nil {
		return err
	}
	return l.backupBucket.Put(ctx, name, data)
}

// Delete implements repository.Objects.
func (l leased) Delete(ctx context.Context, name string) error {
	if err := l.run.stillHeld(ctx); err != nil {
		return err
	}
	return l.backupBucket.Delete(ctx, name)
}
