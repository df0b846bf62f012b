package provisioner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// countAndDropBuckets notes how much there was, for the certificate, before it is gone.
func countAndDropBuckets(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	noted, err := dbsql.New(r.engine.pool).NotedBuckets(ctx, *r.op.Workspace)
	if err != nil {
		return fmt.Errorf("read what was counted: %w", err)
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return err
	}
	for _, b := range []struct{ bucket, access, secret string }{{row.FilesBucket, row.FilesAccess, keys.Files}, {row.ExportsBucket, row.ExportsAccess, keys.Exports}} {
		if slices.Contains(noted, b.bucket) {
			continue
		}
		there, err := measureBucket(ctx, openStore(r.cell.Outputs.ObjectStore, b.access, b.secret), b.bucket)
		if err != nil {
			return err
		}
		if err := r.noteBucket(ctx, b.bucket, there); err != nil {
			return err
		}
	}
	return dropBuckets(ctx, r)
}

func (r *Run) noteBucket(ctx context.Context, bucket string, there *usage) error {
	note := dbsql.NoteRemovalParams{WorkspaceID: *r.op.Workspace, Kind: "bucket", Name: bucket}
	if there != nil {
		note.Objects, note.Bytes = &there.objects, &there.bytes
	}
	return r.fenced(ctx, func(q *dbsql.Queries, _ pgx.Tx) error {
		if err := q.NoteRemoval(ctx, note); err != nil {
			return fmt.Errorf("note what was in bucket %s: %w", bucket, err)
		}
		return nil
	})
}

// usage is what a bucket holds.
type usage struct{ objects, bytes int64 }

// measureBucket counts what is in a bucket. It returns nil where the store doesn't let us look any more: the bucket or its
// credential is gone already.
func measureBucket(ctx context.Context, client *s3.Client, bucket string) (*usage, error) {
	u := &usage{}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if refused := (*smithyhttp.ResponseError)(nil); errors.As(err, &refused) &&
			(refused.HTTPStatusCode() == http.StatusForbidden || refused.HTTPStatusCode() == http.StatusNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("count what is in bucket %s: %w", bucket, err)
		}
		for _, object := range page.Contents {
			u.objects++
			u.bytes += aws.ToInt64(object.Size)
		}
	}
	return u, nil
}
