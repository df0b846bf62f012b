package objectstore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// page is one answer to a listing.
type page struct {
	prefix, delimiter, after string
	max                      int

	objects   []s3response.Object
	prefixes  []types.CommonPrefix
	last      string // the last key or common prefix on the page: the next page begins after it
	truncated bool
}

// ListObjects is version 1 of a listing. It names the owner of every object.
func (s s3backend) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (out s3response.ListObjectsResult, err error) {
	defer s.answer("list objects", in.Bucket, in.Prefix, &err)
	p := page{prefix: text(in.Prefix), delimiter: text(in.Delimiter), after: text(in.Marker), max: limit(in.MaxKeys)}
	if err := s.list(ctx, in.Bucket, &p, true); err != nil {
		return out, err
	}
	out = s3response.ListObjectsResult{Name: in.Bucket, Prefix: in.Prefix, Marker: in.Marker, MaxKeys: in.MaxKeys,
		Delimiter: optional(p.delimiter), IsTruncated: &p.truncated, Contents: p.objects, CommonPrefixes: p.prefixes}
	if p.truncated {
		out.NextMarker = &p.last
	}
	return out, nil
}

// ListObjectsV2 is version 2 of a listing. A continuation token is the last key of the page before.
func (s s3backend) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (out s3response.ListObjectsV2Result, err error) {
	defer s.answer("list objects", in.Bucket, in.Prefix, &err)
	p := page{prefix: text(in.Prefix), delimiter: text(in.Delimiter), after: max(text(in.StartAfter), text(in.ContinuationToken)),
		max: limit(in.MaxKeys)}
	if err := s.list(ctx, in.Bucket, &p, in.FetchOwner != nil && *in.FetchOwner); err != nil {
		return out, err
	}
	out = s3response.ListObjectsV2Result{Name: in.Bucket, Prefix: in.Prefix, StartAfter: optional(text(in.StartAfter)),
		ContinuationToken: optional(text(in.ContinuationToken)), MaxKeys: in.MaxKeys, Delimiter: optional(p.delimiter),
		IsTruncated: &p.truncated, Contents: p.objects, CommonPrefixes: p.prefixes,
		KeyCount: ptr(int32(len(p.objects) + len(p.prefixes)))}
	if p.truncated {
		out.NextContinuationToken = &p.last
	}
	return out, nil
}

func limit(n *int32) int {
	if n == nil {
		return 1000
	}
	return int(*n)
}

// list fills a page.
func (s *store) list(ctx context.Context, name *string, p *page, withOwner bool) error {
	b, err := s.bucket(name)
	if err != nil {
		return err
	}
	if _, err := s.keys.Get(b.record.Key); err != nil {
		return err
	}
	if p.max == 0 {
		return nil
	}
	var owner *types.Owner
	if withOwner {
		owner = &types.Owner{ID: &b.record.Owner}
	}
	return p.fill(ctx, filepath.Join(b.dir, objectsName), func(key string) (s3response.Object, error) { return s.listed(b, key, owner) })
}

// fill walks through the keys in dir until the page is full.
func (p *page) fill(ctx context.Context, dir string, describe func(key string) (s3response.Object, error)) error {
	w := walker{prefix: p.prefix, after: p.after}
	w.visit = func(key string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if common := p.commonPrefix(key); common != "" {
			w.skip = common
			return p.addPrefix(common)
		}
		return p.addObject(key, func() (s3response.Object, error) { return describe(key) })
	}
	if err := w.walk(dir, ""); !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

func (p *page) commonPrefix(key string) string {
	if p.delimiter == "" {
		return ""
	}
	before, _, found := strings.Cut(key[len(p.prefix):], p.delimiter)
	if !found {
		return ""
	}
	return p.prefix + before + p.delimiter
}

func (p *page) addPrefix(common string) error {
	if common <= p.after { // it was on a page before, and a key under it comes after that page's end
		return nil
	}
	if p.full() {
		return errEnough
	}
	p.prefixes, p.last = append(p.prefixes, types.CommonPrefix{Prefix: &common}), common
	return nil
}

func (p *page) addObject(key string, describe func() (s3response.Object, error)) error {
	if p.full() {
		return errEnough
	}
	o, err := describe()
	if errors.Is(err, s3err.GetAPIError(s3err.ErrNoSuchKey)) { // deleted meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	p.objects, p.last = append(p.objects, o), key
	return nil
}

func (p *page) full() bool {
	p.truncated = len(p.objects)+len(p.prefixes) == p.max
	return p.truncated
}

// listed describes one object. A damaged one is listed, without an ETag, rather than spoil the listing of the others.
func (s *store) listed(b *bucket, key string, owner *types.Owner) (s3response.Object, error) {
	f, err := s.openObject(b, key)
	if errors.Is(err, errDamaged) {
		s.log.Error("a call failed", "call", "list objects", "bucket", b.name, "key", key, "error", err)
		return s3response.Object{Key: &key, Owner: owner, StorageClass: types.ObjectStorageClassStandard}, nil
	}
	if err != nil {
		return s3response.Object{}, err
	}
	defer f.Close()
	o := s3response.Object{Key: &key, Owner: owner, StorageClass: types.ObjectStorageClassStandard, ETag: &f.meta.ETag,
		Size: &f.meta.Size, LastModified: &f.meta.Modified, ChecksumType: f.meta.Checksum.Type}
	if a := f.meta.Checksum.Algorithm; a != "" {
		o.ChecksumAlgorithm = []types.ChecksumAlgorithm{a}
	}
	return o, nil
}
