// Package files owns what people upload: its bytes in the workspace's own bucket and what is known of them. It never
// decides who may read a file.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// bucket is the workspace's part of the object store. The client is made when the first file comes or goes, so that a
// workspace where nobody does so doesn't pay for it.
type bucket struct {
	settings config.Bucket
	client   func() *s3.Client
}

// maxConnections to the store are open at a time; who would need another waits.
const maxConnections = 32

func newBucket(b config.Bucket, dial broker.Dial) *bucket {
	return &bucket{settings: b, client: sync.OnceValue(func() *s3.Client { return NewClient(b, dial) })}
}

// NewClient speaks to the object store with the workspace's own keys, on connections that dial opens; nil: it does so by itself.
func NewClient(b config.Bucket, dial broker.Dial) *s3.Client {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = maxConnections, maxConnections
		if dial != nil {
			t.DialContext = dial
		}
	})
	return s3.New(s3.Options{
		HTTPClient:                 transport,
		Region:                     b.Region,
		BaseEndpoint:               aws.String(b.Endpoint),
		UsePathStyle:               true,
		Credentials:                credentials.NewStaticCredentialsProvider(b.AccessKey, b.SecretKey, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
}

func key(file id.ID) string { return "files/" + file.String() }

func (b *bucket) put(ctx context.Context, file id.ID, content io.ReadSeeker, size int64, mime string) error {
	_, err := b.client().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key(file)),
		Body: content, ContentLength: aws.Int64(size), ContentType: aws.String(mime)})
	if err != nil {
		return fmt.Errorf("store file %s: %w", file, err)
	}
	return nil
}

// NoRoom reports that the store takes nothing more.
func NoRoom(err error) bool {
	refused, ok := errors.AsType[smithy.APIError](err)
	return ok && refused.ErrorCode() == "InsufficientStorage"
}

// check makes sure that the file is there before anything is promised to who wants it.
func (b *bucket) check(ctx context.Context, file id.ID) error {
	_, err := b.client().HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key(file))})
	if _, absent := errors.AsType[*types.NotFound](err); absent {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("look for file %s: %w", file, err)
	}
	return nil
}

// remove succeeds also when the file is not there.
func (b *bucket) remove(ctx context.Context, file id.ID) error {
	_, err := b.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key(file))})
	if err != nil {
		return fmt.Errorf("remove file %s: %w", file, err)
	}
	return nil
}

// Reader reads a stored file from any place, which lets net/http answer ranges. Every seek costs a request.
type Reader struct {
	ctx    context.Context
	bucket *bucket
	file   id.ID
	size   int64
	at     int64
	body   io.ReadCloser
}

func (r *Reader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.body == nil {
		out, err := r.bucket.client().GetObject(r.ctx, &s3.GetObjectInput{Bucket: aws.String(r.bucket.settings.Name),
			Key: aws.String(key(r.file)), Range: aws.String(fmt.Sprintf("bytes=%d-", r.at))})
		if err != nil {
			return 0, fmt.Errorf("read file %s: %w", r.file, err)
		}
		r.body = out.Body
	}
	n, err := r.body.Read(p)
	r.at += int64(n)
	return n, err
}

// Seek moves to another place; nothing is fetched until the next Read.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek to %d: before the start", offset)
	}
	if offset != r.at {
		_ = r.Close()
	}
	r.at = offset
	return offset, nil
}

// Close ends the request under way, if any.
func (r *Reader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}
