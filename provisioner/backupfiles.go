package provisioner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/longhouse-dev/longhouse/internal/repository"
)

// filesFolder is what the names of streams begin with that are objects of the files bucket.
const filesFolder = "files/"

// The facts of a stream that is an object.
const (
	factTag  = "etag" // as the store had it: with another one the object is another
	factType = "content-type"
	factMeta = "metadata" // its own, as one JSON object: a workspace sets as many headers as it likes
)

// files is a workspace's files bucket, as its own credential opens it.
type files struct {
	client *s3.Client
	bucket string
}

// filesBackedUp is what of a bucket went into a backup.
type filesBackedUp struct {
	Count, Read int // objects, and how many of these were not in the backup before
	Bytes       int64
}

// backUp keeps every object. Those that are as they were in the backup before are not read: an object is written once, and what is under its name
// later has another tag. One that is deleted meanwhile is left out, as nothing that was committed before the bucket was listed refers to it.
func (f files) backUp(ctx context.Context, b *repository.Backup, before map[string]repository.Entry) (done filesBackedUp, err error) {
	pages := s3.NewListObjectsV2Paginator(f.client, &s3.ListObjectsV2Input{Bucket: &f.bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return done, fmt.Errorf("list the files: %w", err)
		}
		for _, object := range page.Contents {
			name := filesFolder + aws.ToString(object.Key)
			old, had := before[name]
			if had && old.Facts[factTag] == aws.ToString(object.ETag) && old.Size == aws.ToInt64(object.Size) && b.Again(old) {
				done.Count, done.Bytes = done.Count+1, done.Bytes+old.Size
				continue
			}
			e, err := f.backUpOne(ctx, b, aws.ToString(object.Key))
			if gone := (*types.NoSuchKey)(nil); errors.As(err, &gone) {
				continue
			}
			if err != nil {
				return done, err
			}
			done.Count, done.Read, done.Bytes = done.Count+1, done.Read+1, done.Bytes+e.Size
		}
	}
	return done, nil
}

func (f files) backUpOne(ctx context.Context, b *repository.Backup, key string) (repository.Entry, error) {
	object, err := f.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.bucket, Key: &key})
	if err != nil {
		return repository.Entry{}, fmt.Errorf("read file %s: %w", key, err)
	}
	defer func() { _ = object.Body.Close() }()
	facts := map[string]string{factTag: aws.ToString(object.ETag)}
	if kind := aws.ToString(object.ContentType); kind != "" {
		facts[factType] = kind
	}
	if len(object.Metadata) > 0 {
		text, err := json.Marshal(object.Metadata)
		if err != nil {
			return repository.Entry{}, fmt.Errorf("encode the metadata of file %s: %w", key, err)
		}
		facts[factMeta] = string(text)
	}
	return b.Add(ctx, filesFolder+key, repository.Coarse, object.Body, facts)
}

// restore writes the objects of a backup, and returns how many there were. What is in the bucket beside them stays. Nothing is there of an object that
// turns out to be damaged.
func (f files) restore(ctx context.Context, r *repository.Reader, m repository.Manifest) (count int, err error) {
	uploads := transfermanager.New(f.client)
	for e, err := range r.Entries(ctx, m) {
		if err != nil {
			return count, err
		}
		key, is := strings.CutPrefix(e.Name, filesFolder)
		if !is {
			continue
		}
		in := &transfermanager.UploadObjectInput{Bucket: &f.bucket, Key: &key, Body: r.Open(ctx, e)}
		if kind := e.Facts[factType]; kind != "" {
			in.ContentType = &kind
		}
		if text := e.Facts[factMeta]; text != "" {
			if err := json.Unmarshal([]byte(text), &in.Metadata); err != nil {
				return count, fmt.Errorf("read the metadata of file %s: %w", key, err)
			}
		}
		if _, err := uploads.UploadObject(ctx, in); err != nil {
			return count, fmt.Errorf("write file %s: %w", key, err)
		}
		count++
	}
	return count, nil
}

// entriesOf are the streams of a backup by their names, to be found again in the next one.
func entriesOf(ctx context.Context, r *repository.Reader, m repository.Manifest) (map[string]repository.Entry, error) {
	all := map[string]repository.Entry{}
	for e, err := range r.Entries(ctx, m) {
		if err != nil {
			return nil, err
		}
		all[e.Name] = e
	}
	return all, nil
}
