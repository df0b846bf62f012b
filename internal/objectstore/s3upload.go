package objectstore

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/uuid"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// A multipart upload is a folder: one sealed file without a body that says what the object will be, and one sealed file
// per part. Completing it reads the parts and seals them again as one object, so that objects have a single form and a
// part is bound to its upload and number for as long as it is one.
const uploadFile = "upload"

// CreateMultipartUpload begins an upload.
func (s s3backend) CreateMultipartUpload(_ context.Context, in s3response.CreateMultipartUploadInput) (out s3response.InitiateMultipartUploadResult, err error) {
	defer s.answer("create upload", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	if err := unsupportedUpload(in); err != nil {
		return out, err
	}
	if err := checkKey(text(in.Key)); err != nil {
		return out, err
	}
	id := uuid.NewString()
	staged, err := s.stage(b, place("upload", b.name, id), eof{}, func(int64) (meta, error) {
		return meta{Key: text(in.Key), Modified: s.now().UTC(), Headers: headersOfUpload(in), User: in.Metadata,
			Checksum: checksum{Algorithm: in.ChecksumAlgorithm, Type: in.ChecksumType}}, nil
	})
	if err != nil {
		return out, err
	}
	if err := s.publish(b, staged, filepath.Join(uploadsName, id, uploadFile)); err != nil {
		return out, err
	}
	return s3response.InitiateMultipartUploadResult{Bucket: b.name, Key: text(in.Key), UploadId: id}, nil
}

func unsupportedUpload(in s3response.CreateMultipartUploadInput) error {
	switch {
	case text(in.Tagging) != "":
		return unsupported("tags")
	case text(in.WebsiteRedirectLocation) != "":
		return unsupported("redirects")
	case in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != "":
		return unsupported("object locks")
	case in.ChecksumAlgorithm != "" && !slices.Contains(algorithms, in.ChecksumAlgorithm):
		return unsupported("the checksum algorithm " + string(in.ChecksumAlgorithm))
	}
	return nil
}

// upload returns what was said when the upload began, or S3's NoSuchUpload.
func (s *store) upload(b *bucket, key, id *string) (meta, error) {
	none := s3err.GetNoSuchUploadErr(text(id))
	if uuid.Validate(text(id)) != nil || len(text(id)) != 36 { // it becomes part of a path
		return meta{}, none
	}
	bucketKey, err := s.keys.Get(b.record.Key)
	if err != nil {
		return meta{}, err
	}
	f, err := openSealed(filepath.Join(b.dir, uploadsName, *id, uploadFile), bucketKey, place("upload", b.name, *id))
	if notThere(err) {
		return meta{}, none
	}
	if err != nil {
		return meta{}, err
	}
	defer f.Close()
	if f.meta.Key != text(key) {
		return meta{}, none
	}
	return f.meta, nil
}

// AbortMultipartUpload drops an upload and its parts.
func (s s3backend) AbortMultipartUpload(_ context.Context, in *s3.AbortMultipartUploadInput) (err error) {
	defer s.answer("abort upload", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return err
	}
	if _, err := s.upload(b, in.Key, in.UploadId); err != nil {
		return err
	}
	defer s.names.lock(place("upload", b.name, *in.UploadId))()
	return s.dropUpload(b, *in.UploadId)
}

func (s *store) dropUpload(b *bucket, id string) error {
	trash, err := s.discard(filepath.Join(b.dir, uploadsName, id))
	if err != nil || trash == "" {
		return err
	}
	return os.RemoveAll(trash)
}

// ListMultipartUploads lists the uploads that have neither been completed nor aborted.
func (s s3backend) ListMultipartUploads(_ context.Context, in *s3.ListMultipartUploadsInput) (out s3response.ListMultipartUploadsResult, err error) {
	defer s.answer("list uploads", in.Bucket, in.Prefix, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	uploads, err := s.uploads(b, text(in.Prefix), text(in.KeyMarker))
	if err != nil {
		return out, err
	}
	page, err := backend.ListMultipartUploads(uploads, text(in.Prefix), text(in.Delimiter), text(in.KeyMarker),
		text(in.UploadIdMarker), limit(in.MaxUploads))
	if err != nil {
		return out, err
	}
	return s3response.ListMultipartUploadsResult{Bucket: b.name, Prefix: text(in.Prefix), Delimiter: text(in.Delimiter),
		KeyMarker: text(in.KeyMarker), UploadIDMarker: text(in.UploadIdMarker), MaxUploads: limit(in.MaxUploads),
		IsTruncated: page.IsTruncated, NextKeyMarker: page.NextKeyMarker, NextUploadIDMarker: page.NextUploadIDMarker,
		Uploads: page.Uploads, CommonPrefixes: page.CommonPrefixes}, nil
}

// uploads are those of keys that begin with prefix and come after a marker, by key and age.
func (s *store) uploads(b *bucket, prefix, after string) ([]s3response.Upload, error) {
	bucketKey, err := s.keys.Get(b.record.Key)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, uploadsName)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []s3response.Upload
	for _, e := range entries {
		f, err := openSealed(filepath.Join(dir, e.Name(), uploadFile), bucketKey, place("upload", b.name, e.Name()))
		if notThere(err) { // ended meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		f.Close()
		if key := f.meta.Key; strings.HasPrefix(key, prefix) && (after == "" || key > after) {
			out = append(out, s3response.Upload{Key: key, UploadID: e.Name(), Initiated: f.meta.Modified.Truncate(time.Second),
				StorageClass:      types.StorageClassStandard,
				ChecksumAlgorithm: f.meta.Checksum.Algorithm, ChecksumType: f.meta.Checksum.Type})
		}
	}
	slices.SortStableFunc(out, func(a, b s3response.Upload) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return a.Initiated.Compare(b.Initiated)
	})
	return out, nil
}
