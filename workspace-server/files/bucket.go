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

// Shelf is a part of the bucket.
type Shelf string

// What is in the bucket. Thumbnails and previews are drawn of files, and can be drawn again.
const (
	uploads    Shelf = "files"
	pieces     Shelf = "pieces" // of uploads that are not finished
	thumbnails Shelf = "thumbnails"
	previews   Shelf = "previews"
	Faces      Shelf = "users" // of users
	Icons      Shelf = "teams" // of teams
	Emoji      Shelf = "emoji"
)

func (s Shelf) key(of id.ID) string { return string(s) + "/" + of.String() }

func (b *bucket) put(ctx context.Context, key string, content io.ReadSeeker, size int64, mime string) error {
	_, err := b.client().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key),
		Body: content, ContentLength: aws.Int64(size), ContentType: aws.String(mime)})
	if err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// get reads a small object, or answers ErrLost.
func (b *bucket) get(ctx context.Context, key string) (content []byte, mime string, err error) {
	out, err := b.client().GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key)})
	if _, absent := errors.AsType[*types.NoSuchKey](err); absent {
		return nil, "", ErrLost
	}
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", key, err)
	}
	defer func() { _ = out.Body.Close() }()
	content, err = io.ReadAll(out.Body)
	return content, aws.ToString(out.ContentType), err
}

// NoRoom reports that the store takes nothing more.
func NoRoom(err error) bool {
	refused, ok := errors.AsType[smithy.APIError](err)
	return ok && refused.ErrorCode() == "InsufficientStorage"
}

// check makes sure that the file is there before anything is promised to who wants it.
func (b *bucket) check(ctx context.Context, key string) error {
	_, err := b.client().HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key)})
	if _, absent := errors.AsType[*types.NotFound](err); absent {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", key, err)
	}
	return nil
}

// remove succeeds also when the object is not there.
func (b *bucket) remove(ctx context.Context, key string) error {
	_, err := b.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(b.settings.Name), Key: aws.String(key)})
	if err != nil {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}

// Reader reads a stored file from any place, which lets net/http answer ranges. Every seek costs a request.
type Reader struct {
	ctx    context.Context
	bucket *bucket
	key    string
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
			Key: aws.String(r.key), Range: aws.String(fmt.Sprintf("bytes=%d-", r.at))})
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", r.key, err)
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
