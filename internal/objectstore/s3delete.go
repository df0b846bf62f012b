package objectstore

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// DeleteObject removes an object. An absent one is success. It works without the bucket's key too.
func (s s3backend) DeleteObject(_ context.Context, in *s3.DeleteObjectInput) (out *s3.DeleteObjectOutput, err error) {
	defer s.answer("delete object", in.Bucket, in.Key, &err)
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, err
	}
	if err := noVersions(in.VersionId); err != nil {
		return nil, err
	}
	path, err := objectPath(text(in.Key))
	if err != nil {
		return nil, err
	}
	defer s.names.lock(place("object", b.name, text(in.Key)))()
	if err := s.mayDelete(b, in); err != nil {
		return nil, err
	}
	return &s3.DeleteObjectOutput{}, b.remove(path)
}

func (s *store) mayDelete(b *bucket, in *s3.DeleteObjectInput) error {
	when := backend.ObjectDeletePreconditions{IfMatch: in.IfMatch, IfMatchLastModTime: in.IfMatchLastModifiedTime,
		IfMatchSize: in.IfMatchSize}
	if when == (backend.ObjectDeletePreconditions{}) {
		return nil
	}
	f, err := s.openObject(b, text(in.Key))
	if errors.Is(err, s3err.GetAPIError(s3err.ErrNoSuchKey)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return backend.EvaluateObjectDeletePreconditions(f.meta.ETag, f.meta.Modified, f.meta.Size, when)
}

// DeleteObjects removes up to a thousand objects and reports on each.
func (s s3backend) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (out s3response.DeleteResult, err error) {
	defer s.answer("delete objects", in.Bucket, nil, &err)
	if _, err := s.bucket(in.Bucket); err != nil {
		return out, err
	}
	if in.Delete == nil {
		return out, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	for _, o := range in.Delete.Objects {
		_, err := s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: in.Bucket, Key: o.Key, VersionId: o.VersionId,
			IfMatch: o.ETag, IfMatchLastModifiedTime: o.LastModifiedTime, IfMatchSize: o.Size})
		if err == nil {
			out.Deleted = append(out.Deleted, types.DeletedObject{Key: o.Key})
			continue
		}
		var known s3err.S3Error
		errors.As(err, &known) // DeleteObject returns nothing else
		base := known.BaseError()
		out.Error = append(out.Error, types.Error{Key: o.Key, Code: &base.Code, Message: &base.Description})
	}
	return out, nil
}
