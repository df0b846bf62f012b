package accesslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// atATime is how many objects are read, written or removed at a time.
const atATime = 8

// Store is where the log is kept. Whoever asks decides who may.
type Store struct {
	client *s3.Client
	bucket string

	sortRaw, partRaw, pieceRaw int // fields so that tests need no gigabyte
}

// NewStore keeps the log in a bucket, among what others keep there.
func NewStore(client *s3.Client, bucket string) *Store {
	return &Store{client: client, bucket: bucket, sortRaw: sortRaw, partRaw: partRaw, pieceRaw: pieceRaw}
}

// Keep writes a segment durably. The same again changes nothing.
func (s *Store) Keep(ctx context.Context, a Accepted) error {
	if a.data == nil {
		return nil
	}
	return s.put(ctx, a.Name, a.data)
}

func (s *Store) put(ctx context.Context, name string, data []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.bucket, Key: &name, Body: bytes.NewReader(data), ContentType: aws.String("application/octet-stream")})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// errGone is for an object that was removed since it was listed: its lines are in others by now.
var errGone = errors.New("the object is gone")

// get reads from one byte on, so many, or up to the end where there are less; 0 is all.
func (s *Store) get(ctx context.Context, name string, from, most int) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &s.bucket, Key: &name}
	if most > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", from, from+most-1))
	}
	object, err := s.client.GetObject(ctx, in)
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "NoSuchKey" {
		return nil, errGone
	}
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

// list returns what is below a folder, in the order of names.
func (s *Store) list(ctx context.Context, below string) (all []named, err error) {
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &below})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", below, err)
		}
		for _, object := range page.Contents {
			if n, ok := parseName(aws.ToString(object.Key)); ok {
				n.toldAt = aws.ToTime(object.LastModified)
				all = append(all, n)
			}
		}
	}
	return all, nil
}

// remove removes objects. Those that are gone are no error.
func (s *Store) remove(ctx context.Context, names []string) error {
	removing, ctx := errgroup.WithContext(ctx)
	removing.SetLimit(atATime)
	for _, name := range names {
		removing.Go(func() error {
			if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &name}); err != nil {
				return fmt.Errorf("remove %s: %w", name, err)
			}
			return nil
		})
	}
	return removing.Wait()
}

// removeWhile removes what is below a folder, in the order of names, as long as which says so, and returns how many that were.
func (s *Store) removeWhile(ctx context.Context, below string, which func(name string) bool) (removed int, err error) {
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &below})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return removed, fmt.Errorf("list %s: %w", below, err)
		}
		var names []string
		over := false
		for _, object := range page.Contents {
			if over = !which(aws.ToString(object.Key)); over {
				break
			}
			names = append(names, aws.ToString(object.Key))
		}
		if err := s.remove(ctx, names); err != nil {
			return removed, err
		}
		if removed += len(names); over {
			break
		}
	}
	return removed, nil
}
