package objectstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// PutObject seals a body and answers once it is durable.
func (s s3backend) PutObject(_ context.Context, in s3response.PutObjectInput) (out s3response.PutObjectOutput, err error) {
	defer s.answer("put object", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	if err := unsupportedPut(in); err != nil {
		return out, err
	}
	sent := sentChecksum(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256)
	body, err := hashBody(in.Body, sent, in.ChecksumAlgorithm)
	if err != nil {
		return out, err
	}
	m, err := s.putObject(b, text(in.Key), body, in.IfMatch, in.IfNoneMatch, func(size int64) (meta, error) {
		if in.ContentLength != nil && size != *in.ContentLength {
			return meta{}, errTruncated
		}
		return meta{ETag: body.etag(), Headers: headersOfPut(in), User: in.Metadata, Checksum: body.checksum()}, nil
	})
	return putOutput(m), err
}

func putOutput(m meta) s3response.PutObjectOutput {
	return s3response.PutObjectOutput{
		ETag:              m.ETag,
		Size:              &m.Size,
		ChecksumType:      m.Checksum.Type,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}
}

func unsupportedPut(in s3response.PutObjectInput) error {
	switch {
	case text(in.Tagging) != "":
		return unsupported("tags")
	case text(in.WebsiteRedirectLocation) != "":
		return unsupported("redirects")
	case in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != "":
		return unsupported("object locks")
	}
	return nil
}

// putObject stores src under key if the conditions allow it, both before src is read and when it is put in place.
func (s *store) putObject(b *bucket, key string, src *hashedBody, ifMatch, ifNoneMatch *string,
	describe func(size int64) (meta, error)) (stored meta, err error) {
	path, err := objectPath(key)
	if err != nil {
		return meta{}, err
	}
	if err := s.mayPut(b, key, ifMatch, ifNoneMatch); err != nil {
		return meta{}, err
	}
	staged, err := s.stage(b, place("object", b.name, key), src, func(size int64) (meta, error) {
		stored, err = describe(size)
		stored.Size, stored.Modified = size, s.now().UTC().Truncate(time.Second) // as fine as HTTP can say
		return stored, err
	})
	if err != nil {
		return meta{}, err
	}
	defer s.names.lock(place("object", b.name, key))()
	if err := s.mayPut(b, key, ifMatch, ifNoneMatch); err != nil {
		os.Remove(staged)
		return meta{}, err
	}
	return stored, s.publish(b, staged, filepath.Join(objectsName, path))
}

// mayPut evaluates the conditions of a put against the object that is there.
func (s *store) mayPut(b *bucket, key string, ifMatch, ifNoneMatch *string) error {
	if ifMatch == nil && ifNoneMatch == nil {
		return nil
	}
	current, err := s.openObject(b, key)
	if errors.Is(err, s3err.GetAPIError(s3err.ErrNoSuchKey)) {
		return backend.EvaluateObjectPutPreconditions("", ifMatch, ifNoneMatch, false)
	}
	if err != nil {
		return err
	}
	defer current.Close()
	return backend.EvaluateObjectPutPreconditions(current.meta.ETag, ifMatch, ifNoneMatch, true)
}
