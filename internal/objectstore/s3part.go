package objectstore

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// partName sorts as the part's number does.
func partName(number int32) string { return fmt.Sprintf("part-%05d", number) }

func partPlace(b *bucket, key, id string, number int32) string {
	return place("part", b.name, key, id, strconv.Itoa(int(number)))
}

// UploadPart keeps a part and answers once it is durable. A part of the same number is replaced.
func (s s3backend) UploadPart(_ context.Context, in *s3.UploadPartInput) (out *s3.UploadPartOutput, err error) {
	defer s.answer("upload part", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, err
	}
	upload, err := s.upload(b, in.Key, in.UploadId)
	if err != nil {
		return nil, err
	}
	wanted := cmp.Or(in.ChecksumAlgorithm, upload.Checksum.Algorithm)
	if declared := upload.Checksum.Algorithm; declared != "" && wanted != declared {
		return nil, s3err.GetChecksumTypeMismatchErr(declared, wanted)
	}
	sent := sentChecksum(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256)
	body, err := hashBody(in.Body, sent, wanted)
	if err != nil {
		return nil, err
	}
	m, err := s.putPart(b, text(in.Key), *in.UploadId, *in.PartNumber, body, in.ContentLength)
	if err != nil {
		return nil, err
	}
	return &s3.UploadPartOutput{ETag: &m.ETag,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}, nil
}

// UploadPartCopy makes a part of a range of an object.
func (s s3backend) UploadPartCopy(_ context.Context, in *s3.UploadPartCopyInput) (out s3response.CopyPartResult, err error) {
	defer s.answer("copy part", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	upload, err := s.upload(b, in.Key, in.UploadId)
	if err != nil {
		return out, err
	}
	src, err := s.openSource(in.CopySource, backend.PreConditions{IfMatch: in.CopySourceIfMatch,
		IfNoneMatch: in.CopySourceIfNoneMatch, IfModSince: in.CopySourceIfModifiedSince, IfUnmodeSince: in.CopySourceIfUnmodifiedSince})
	if err != nil {
		return out, err
	}
	defer src.Close()
	body, length, err := sourceRange(src, text(in.CopySourceRange), upload.Checksum.Algorithm)
	if err != nil {
		return out, err
	}
	m, err := s.putPart(b, text(in.Key), *in.UploadId, *in.PartNumber, body, &length)
	if err != nil {
		return out, err
	}
	return s3response.CopyPartResult{ETag: &m.ETag, LastModified: m.Modified,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}, nil
}

func sourceRange(src *sealedFile, spec string, wanted types.ChecksumAlgorithm) (*hashedBody, int64, error) {
	offset, length, err := backend.ParseCopySourceRange(src.meta.Size, spec)
	if err != nil {
		return nil, 0, err
	}
	length = min(length, src.meta.Size-offset) // of an open range the gateway's parser says one too many
	content, err := src.open(offset, length)
	if err != nil {
		return nil, 0, err
	}
	body, err := hashBody(content, checksum{}, wanted)
	return body, length, err
}

func (s *store) putPart(b *bucket, key, id string, number int32, body *hashedBody, length *int64) (stored meta, err error) {
	staged, err := s.stage(b, partPlace(b, key, id, number), body, func(size int64) (meta, error) {
		if length != nil && size != *length {
			return meta{}, errTruncated
		}
		stored = meta{Size: size, ETag: body.etag(), Modified: s.now().UTC().Truncate(time.Second), Checksum: body.checksum()}
		return stored, nil
	})
	if err != nil {
		return meta{}, err
	}
	defer s.names.lock(place("upload", b.name, id))()
	if _, err := s.upload(b, &key, &id); err != nil { // it may have ended meanwhile, and its folder must not come back
		os.Remove(staged)
		return meta{}, err
	}
	return stored, s.publish(b, staged, filepath.Join(uploadsName, id, partName(number)))
}

// openPart opens a part that exists.
func (s *store) openPart(b *bucket, key, id string, number int32) (*sealedFile, error) {
	bucketKey, err := s.keys.Get(b.record.Key)
	if err != nil {
		return nil, err
	}
	return openSealed(filepath.Join(b.dir, uploadsName, id, partName(number)), bucketKey, partPlace(b, key, id, number))
}

// ListParts lists an upload's parts by number.
func (s s3backend) ListParts(_ context.Context, in *s3.ListPartsInput) (out s3response.ListPartsResult, err error) {
	defer s.answer("list parts", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return out, err
	}
	upload, err := s.upload(b, in.Key, in.UploadId)
	if err != nil {
		return out, err
	}
	after, err := strconv.Atoi("0" + text(in.PartNumberMarker))
	if err != nil {
		return out, s3err.GetInvalidArgMaxLimiter("part-number-marker", text(in.PartNumberMarker))
	}
	out = s3response.ListPartsResult{Bucket: b.name, Key: upload.Key, UploadID: *in.UploadId, PartNumberMarker: after,
		MaxParts: limit(in.MaxParts), StorageClass: types.StorageClassStandard,
		Owner: s3response.Owner{ID: b.record.Owner}, Initiator: s3response.Initiator{ID: b.record.Owner},
		ChecksumAlgorithm: upload.Checksum.Algorithm, ChecksumType: upload.Checksum.Type}
	return out, s.fillParts(b, &out)
}

func (s *store) fillParts(b *bucket, out *s3response.ListPartsResult) error {
	entries, err := os.ReadDir(filepath.Join(b.dir, uploadsName, out.UploadID))
	if err != nil {
		return err
	}
	for _, e := range entries {
		var number int32
		if n, _ := fmt.Sscanf(e.Name(), "part-%d", &number); n != 1 || int(number) <= out.PartNumberMarker {
			continue
		}
		if out.IsTruncated = len(out.Parts) == out.MaxParts; out.IsTruncated {
			return nil
		}
		f, err := s.openPart(b, out.Key, out.UploadID, number)
		if err != nil {
			return err
		}
		f.Close()
		out.Parts = append(out.Parts, listedPart(int(number), f.meta))
		out.NextPartNumberMarker = int(number)
	}
	return nil
}

func listedPart(number int, m meta) s3response.Part {
	return s3response.Part{PartNumber: number, ETag: m.ETag, Size: m.Size, LastModified: m.Modified,
		ChecksumCRC32:     m.Checksum.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    m.Checksum.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: m.Checksum.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      m.Checksum.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    m.Checksum.of(types.ChecksumAlgorithmSha256),
	}
}

// partsReader reads an upload's parts one after the other, with one file open at a time.
type partsReader struct {
	open    func(i int) (io.ReadCloser, error)
	count   int
	next    int
	current io.ReadCloser
}

func (r *partsReader) Read(p []byte) (int, error) {
	for {
		if r.current == nil {
			if r.next == r.count {
				return 0, io.EOF
			}
			var err error
			if r.current, err = r.open(r.next); err != nil {
				return 0, err
			}
			r.next++
		}
		n, err := r.current.Read(p)
		if err != io.EOF {
			return n, err
		}
		r.Close()
		if n > 0 {
			return n, nil
		}
	}
}

// Close closes the part that is being read.
func (r *partsReader) Close() error {
	if r.current == nil {
		return nil
	}
	defer func() { r.current = nil }()
	return r.current.Close()
}
