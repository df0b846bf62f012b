package objectstore

import (
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// CompleteMultipartUpload makes an object of an upload's parts and answers once it is durable. Repeated, as clients do
// when an answer is lost, it succeeds as long as the object is still the one that the upload became.
func (s s3backend) CompleteMultipartUpload(_ context.Context, in *s3.CompleteMultipartUploadInput) (out s3response.CompleteMultipartUploadResult, version string, err error) {
	defer s.answer("complete upload", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, "", err
	}
	defer s.names.lock(place("upload", b.name, text(in.UploadId)))()
	m, err := s.completeUpload(b, in)
	var none s3err.NoSuchUploadError
	if errors.As(err, &none) {
		m, err = s.completedBefore(b, in, err)
	}
	if err != nil {
		return out, "", err
	}
	return s3response.CompleteMultipartUploadResult{Bucket: &b.name, Key: in.Key, ETag: &m.ETag,
		ChecksumType:      &m.Checksum.Type,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}, "", nil
}

func (s *store) completedBefore(b *bucket, in *s3.CompleteMultipartUploadInput, none error) (meta, error) {
	f, err := s.openObject(b, text(in.Key))
	if err != nil {
		return meta{}, none
	}
	defer f.Close()
	if f.meta.Upload != text(in.UploadId) {
		return meta{}, none
	}
	return f.meta, nil
}

func (s *store) completeUpload(b *bucket, in *s3.CompleteMultipartUploadInput) (meta, error) {
	upload, err := s.upload(b, in.Key, in.UploadId)
	if err != nil {
		return meta{}, err
	}
	if in.ChecksumType != "" && in.ChecksumType != upload.Checksum.Type {
		return meta{}, s3err.GetChecksumTypeMismatchOnMpErr(upload.Checksum.Type)
	}
	parts, err := s.checkParts(b, upload, in)
	if err != nil {
		return meta{}, err
	}
	etag, err := backend.ComputeMultipartETagFromPartETags(in.MultipartUpload.Parts)
	if err != nil {
		return meta{}, err
	}
	content := &partsReader{count: len(parts), open: func(i int) (io.ReadCloser, error) {
		f, err := s.openPart(b, upload.Key, *in.UploadId, *in.MultipartUpload.Parts[i].PartNumber)
		if err != nil {
			return nil, err
		}
		return f.open(0, f.meta.Size)
	}}
	defer content.Close()
	sent := sentChecksum(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256)
	body, sum, err := checksumOfUpload(content, upload.Checksum, sent, parts)
	if err != nil {
		return meta{}, err
	}
	m, err := s.putObject(b, upload.Key, body, in.IfMatch, in.IfNoneMatch, func(int64) (meta, error) {
		return meta{ETag: etag, Headers: upload.Headers, User: upload.User, Checksum: sum(), Upload: *in.UploadId}, nil
	})
	if err != nil {
		return meta{}, err
	}
	return m, s.dropUpload(b, *in.UploadId)
}

// checksumOfUpload arranges for the object's checksum: a composite one is computed from the parts', any other over the
// whole content as it is read.
func checksumOfUpload(content io.Reader, declared, sent checksum, parts []meta) (*hashedBody, func() checksum, error) {
	if declared.Type != types.ChecksumTypeComposite {
		if sent.Algorithm != "" && sent.Algorithm != declared.Algorithm {
			sent = checksum{}
		}
		body, err := hashBody(content, sent, declared.Algorithm)
		if err != nil {
			return nil, nil, err
		}
		return body, body.checksum, nil
	}
	composite, err := compositeOf(declared.Algorithm, parts)
	if err != nil {
		return nil, nil, err
	}
	if sent.Value != "" && sent.Value != composite.Value {
		return nil, nil, s3err.GetChecksumBadDigestErr(declared.Algorithm)
	}
	body, err := hashBody(content, checksum{}, "")
	return body, func() checksum { return composite }, err
}

// checkParts compares what the client lists with what is there: in ascending order, with the ETags and checksums that it
// was given, and all but the last of at least 5 MiB.
func (s *store) checkParts(b *bucket, upload meta, in *s3.CompleteMultipartUploadInput) ([]meta, error) {
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 {
		return nil, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	listed := in.MultipartUpload.Parts
	if err := checkOrder(listed); err != nil {
		return nil, err
	}
	parts, size := make([]meta, len(listed)), int64(0)
	for i, part := range listed {
		m, err := s.checkPart(b, upload, *in.UploadId, part)
		if err != nil {
			return nil, err
		}
		if i < len(listed)-1 && m.Size < backend.MinPartSize {
			return nil, s3err.GetEntityTooSmallErr(m.Size, backend.MinPartSize)
		}
		parts[i], size = m, size+m.Size
	}
	if in.MpuObjectSize != nil && *in.MpuObjectSize != size {
		return nil, s3err.GetIncorrectMpObjectSizeErr(size, *in.MpuObjectSize)
	}
	return parts, nil
}

func checkOrder(listed []types.CompletedPart) error {
	var before int32
	for _, part := range listed {
		if part.PartNumber == nil || part.ETag == nil {
			return s3err.GetAPIError(s3err.ErrMalformedXML)
		}
		if *part.PartNumber <= before {
			return s3err.GetAPIError(s3err.ErrInvalidPartOrder)
		}
		before = *part.PartNumber
	}
	return nil
}

func (s *store) checkPart(b *bucket, upload meta, id string, listed types.CompletedPart) (meta, error) {
	invalid := s3err.GetInvalidPartErr(id, *listed.PartNumber, *listed.ETag)
	f, err := s.openPart(b, upload.Key, id, *listed.PartNumber)
	if notThere(err) {
		return meta{}, invalid
	}
	if err != nil {
		return meta{}, err
	}
	f.Close()
	sent := sentChecksum(listed.ChecksumCRC32, listed.ChecksumCRC32C, listed.ChecksumCRC64NVME, listed.ChecksumSHA1, listed.ChecksumSHA256)
	sameSum := sent.Value == "" || sent.Algorithm == f.meta.Checksum.Algorithm && sent.Value == f.meta.Checksum.Value
	if !backend.AreEtagsSame(f.meta.ETag, *listed.ETag) || !sameSum {
		return meta{}, invalid
	}
	return f.meta, nil
}
