package objectstore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// CopyObject seals the source's content again, under the target's key and name.
func (s s3backend) CopyObject(_ context.Context, in s3response.CopyObjectInput) (out s3response.CopyObjectOutput, err error) {
	defer s.answer("copy object", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	if err := unsupportedCopy(in); err != nil {
		return out, err
	}
	src, err := s.openSource(in.CopySource, backend.PreConditions{IfMatch: in.CopySourceIfMatch,
		IfNoneMatch: in.CopySourceIfNoneMatch, IfModSince: in.CopySourceIfModifiedSince, IfUnmodeSince: in.CopySourceIfUnmodifiedSince})
	if err != nil {
		return out, err
	}
	defer src.Close()
	m, err := s.copyObject(b, in, src)
	if err != nil {
		return out, err
	}
	return s3response.CopyObjectOutput{CopyObjectResult: &s3response.CopyObjectResult{
		ETag: &m.ETag, LastModified: &m.Modified, ChecksumType: m.Checksum.Type,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}}, nil
}

func (s *store) copyObject(b *bucket, in s3response.CopyObjectInput, src *sealedFile) (meta, error) {
	content, err := src.open(0, src.meta.Size)
	if err != nil {
		return meta{}, err
	}
	wanted := in.ChecksumAlgorithm
	if wanted == "" {
		wanted = src.meta.Checksum.Algorithm
	}
	body, err := hashBody(content, checksum{}, wanted)
	if err != nil {
		return meta{}, err
	}
	m := meta{Headers: src.meta.Headers, User: src.meta.User}
	if in.MetadataDirective == types.MetadataDirectiveReplace {
		m.Headers, m.User = headersOfCopy(in), in.Metadata
	}
	return s.putObject(b, text(in.Key), body, nil, nil, func(int64) (meta, error) {
		m.ETag, m.Checksum = body.etag(), body.checksum()
		return m, nil
	})
}

func unsupportedCopy(in s3response.CopyObjectInput) error {
	switch {
	case text(in.Tagging) != "":
		return unsupported("tags")
	case text(in.WebsiteRedirectLocation) != "":
		return unsupported("redirects")
	case in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != "":
		return unsupported("object locks")
	case text(in.CopySource) == text(in.Bucket)+"/"+text(in.Key) && in.MetadataDirective != types.MetadataDirectiveReplace:
		return s3err.GetAPIError(s3err.ErrInvalidCopyDest)
	}
	return nil
}

// openSource opens the source of a copy. The gateway has checked that the caller may read it.
func (s *store) openSource(source *string, when backend.PreConditions) (*sealedFile, error) {
	bucket, key, version, err := backend.ParseCopySource(text(source))
	if err != nil {
		return nil, err
	}
	return s.openFor(&bucket, &key, &version, nil, when)
}
