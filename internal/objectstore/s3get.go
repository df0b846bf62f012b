package objectstore

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
)

// HeadObject describes an object.
func (s s3backend) HeadObject(_ context.Context, in *s3.HeadObjectInput) (out *s3.HeadObjectOutput, err error) {
	defer s.answer("head object", in.Bucket, in.Key, &err)
	f, err := s.openFor(in.Bucket, in.Key, in.VersionId, in.PartNumber, backend.PreConditions{IfMatch: in.IfMatch,
		IfNoneMatch: in.IfNoneMatch, IfModSince: in.IfModifiedSince, IfUnmodeSince: in.IfUnmodifiedSince})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out = f.meta.head()
	offset, length, partial, err := backend.ParseObjectRange(f.meta.Size, text(in.Range))
	if err != nil {
		return nil, err
	}
	if partial {
		out.ContentLength, out.ContentRange = &length, contentRange(offset, length, f.meta.Size)
	} else if in.ChecksumMode == types.ChecksumModeEnabled {
		c := f.meta.Checksum
		out.ChecksumType = c.Type
		out.ChecksumCRC32 = c.of(types.ChecksumAlgorithmCrc32)
		out.ChecksumCRC32C = c.of(types.ChecksumAlgorithmCrc32c)
		out.ChecksumCRC64NVME = c.of(types.ChecksumAlgorithmCrc64nvme)
		out.ChecksumSHA1 = c.of(types.ChecksumAlgorithmSha1)
		out.ChecksumSHA256 = c.of(types.ChecksumAlgorithmSha256)
	}
	return out, nil
}

// GetObject returns an object or a range of it.
func (s s3backend) GetObject(ctx context.Context, in *s3.GetObjectInput) (out *s3.GetObjectOutput, err error) {
	defer s.answer("get object", in.Bucket, in.Key, &err)
	f, err := s.openFor(in.Bucket, in.Key, in.VersionId, in.PartNumber, backend.PreConditions{IfMatch: in.IfMatch,
		IfNoneMatch: in.IfNoneMatch, IfModSince: in.IfModifiedSince, IfUnmodeSince: in.IfUnmodifiedSince})
	if err != nil {
		return nil, err
	}
	offset, length, partial, err := backend.ParseObjectRange(f.meta.Size, text(in.Range))
	if err != nil {
		f.Close()
		return nil, err
	}
	body, err := f.open(offset, length)
	if err != nil {
		f.Close()
		return nil, err
	}
	out = getOutput(f.meta, in.ChecksumMode == types.ChecksumModeEnabled && !partial)
	out.ContentLength = &length
	out.Body = &watchedBody{ReadCloser: body, log: s.log.With("bucket", text(in.Bucket), "key", text(in.Key))}
	if partial {
		out.ContentRange = contentRange(offset, length, f.meta.Size)
	}
	return out, nil
}

func getOutput(m meta, withChecksum bool) *s3.GetObjectOutput {
	h, c := m.head(), checksum{}
	if withChecksum {
		c = m.Checksum
	}
	return &s3.GetObjectOutput{
		AcceptRanges: h.AcceptRanges, ETag: h.ETag, LastModified: h.LastModified, Metadata: h.Metadata,
		ContentType: h.ContentType, ContentEncoding: h.ContentEncoding, ContentDisposition: h.ContentDisposition,
		ContentLanguage: h.ContentLanguage, CacheControl: h.CacheControl, ExpiresString: h.ExpiresString,
		ChecksumType:      c.Type,
		ChecksumCRC32:     c.of(types.ChecksumAlgorithmCrc32),
		ChecksumCRC32C:    c.of(types.ChecksumAlgorithmCrc32c),
		ChecksumCRC64NVME: c.of(types.ChecksumAlgorithmCrc64nvme),
		ChecksumSHA1:      c.of(types.ChecksumAlgorithmSha1),
		ChecksumSHA256:    c.of(types.ChecksumAlgorithmSha256),
	}
}

// openFor opens an object whose preconditions hold.
func (s *store) openFor(bucket, key, version *string, part *int32, when backend.PreConditions) (*sealedFile, error) {
	b, err := s.bucket(bucket)
	if err != nil {
		return nil, err
	}
	if err := noVersions(version); err != nil {
		return nil, err
	}
	f, err := s.openObject(b, text(key))
	if err != nil {
		return nil, err
	}
	if when.IfUnmodeSince != nil { // the same second is unmodified, which EvaluatePreconditions denies
		when.IfUnmodeSince = ptr(when.IfUnmodeSince.Add(time.Nanosecond))
	}
	err = backend.EvaluatePreconditions(f.meta.ETag, f.meta.Modified, when)
	if err == nil && part != nil && *part > 1 { // parts are not kept apart once an upload is complete
		err = s3err.GetInvalidPartNumberRangeErr(1, *part)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func contentRange(offset, length, size int64) *string {
	return ptr(fmt.Sprintf("bytes %d-%d/%d", offset, offset+length-1, size))
}

// watchedBody logs damage that is found after the answer has begun. The gateway then breaks the connection off, so that
// the client sees an incomplete answer.
type watchedBody struct {
	io.ReadCloser
	log *slog.Logger
}

func (w *watchedBody) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		w.log.Error("a call failed", "call", "get object", "error", err)
	}
	return n, err
}

// WriteTo writes whole segments: without it the gateway would copy 4 KiB at a time.
func (w *watchedBody) WriteTo(to io.Writer) (int64, error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{w}, (*buf)[:segment])
}
