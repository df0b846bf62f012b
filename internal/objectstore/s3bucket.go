package objectstore

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// s3backend is what versitygw serves. Every operation that is not written here is NotImplemented.
type s3backend struct {
	backend.BackendUnsupported
	*store
}

var _ backend.Backend = s3backend{}

// ListBuckets shows a credential the buckets that it owns.
func (s s3backend) ListBuckets(_ context.Context, in s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	out := s3response.ListAllMyBucketsResult{Owner: s3response.CanonicalUser{ID: in.Owner}, Prefix: in.Prefix}
	for _, b := range s.bucketsOf(in.Owner) {
		if in.Owner == "" || !strings.HasPrefix(b.name, in.Prefix) || b.name <= in.ContinuationToken {
			continue
		}
		if n := len(out.Buckets.Bucket); in.MaxBuckets > 0 && n == int(in.MaxBuckets) {
			out.ContinuationToken = out.Buckets.Bucket[n-1].Name
			break
		}
		out.Buckets.Bucket = append(out.Buckets.Bucket, s3response.ListAllMyBucketsEntry{Name: b.name, BucketRegion: Region,
			CreationDate: b.record.Created})
	}
	return out, nil
}

// HeadBucket answers for a bucket that exists.
func (s s3backend) HeadBucket(_ context.Context, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	if _, err := s.bucket(in.Bucket); err != nil {
		return nil, err
	}
	return &s3.HeadBucketOutput{BucketRegion: ptr(Region)}, nil
}

// GetBucketAcl names the owner, whom alone the gateway then lets in.
func (s s3backend) GetBucketAcl(_ context.Context, in *s3.GetBucketAclInput) ([]byte, error) {
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, err
	}
	return json.Marshal(auth.ACL{Owner: b.record.Owner})
}

// DeleteBucket is for the admin socket only.
func (s s3backend) DeleteBucket(context.Context, string) error {
	return s3err.GetAPIError(s3err.ErrAccessDenied)
}

// GetBucketPolicy says that there is none, as the gateway asks before every request. One can't be put.
func (s s3backend) GetBucketPolicy(context.Context, string) ([]byte, error) {
	return nil, s3err.GetAPIError(s3err.ErrNoSuchBucketPolicy)
}

// GetObjectLockConfiguration says that there is none, as the gateway asks before every write. One can't be put.
func (s s3backend) GetObjectLockConfiguration(context.Context, string) ([]byte, error) {
	return nil, s3err.GetAPIError(s3err.ErrObjectLockConfigurationNotFound)
}

// GetBucketVersioning says that versioning was never enabled.
func (s s3backend) GetBucketVersioning(context.Context, string) (s3response.GetBucketVersioningOutput, error) {
	return s3response.GetBucketVersioningOutput{}, nil
}

// GetBucketCors says that there is no configuration.
func (s s3backend) GetBucketCors(context.Context, string) ([]byte, error) {
	return nil, s3err.GetAPIError(s3err.ErrNoSuchCORSConfiguration)
}
