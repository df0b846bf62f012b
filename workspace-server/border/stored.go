package border

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
)

// refusals of PostgreSQL that are a rule's doing: insufficient_privilege, and the class of invalid authorisation.
var refusals = map[string]bool{"42501": true, "28000": true, "28P01": true}

// database opens the other's database as our own role.
func database(ctx context.Context, own config.Settings, name string) (Outcome, string) {
	c, err := pgx.ParseConfig(own.DataSource)
	if err != nil {
		return Unclear, "the own data source can't be read" // its error could repeat the password
	}
	c.Database = name
	store.DialWith(c, own.Dial)
	conn, err := pgx.ConnectConfig(ctx, c)
	if err == nil {
		_ = conn.Close(ctx)
		return Crossed, "the database let our role in"
	}
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		if refusals[refused.Code] {
			return Held, "SQLSTATE " + refused.Code
		}
		return Unclear, "SQLSTATE " + refused.Code
	}
	return Unclear, "the database server does not answer"
}

// bucket lists the other's bucket with our own keys.
func bucket(ctx context.Context, own config.Settings, name string) (Outcome, string) {
	if own.Files.Endpoint == "" {
		return Unclear, "this workspace has no object store"
	}
	_, err := files.NewClient(own.Files, own.Dial).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(name), MaxKeys: aws.Int32(1)})
	if err == nil {
		return Crossed, "the object store listed the bucket for our keys"
	}
	if refused := smithy.APIError(nil); errors.As(err, &refused) {
		if refused.ErrorCode() == "AccessDenied" {
			return Held, "AccessDenied"
		}
		return Unclear, refused.ErrorCode()
	}
	return Unclear, "the object store does not answer"
}
