package files

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Attachment is the type of an upload that becomes a file to post.
const Attachment = "attachment"

const mostUploads = 100 // of a user, unfinished

// Begin notes what somebody is about to upload. Nothing of it is there yet.
func (v *Vault) Begin(ctx context.Context, user, channel id.ID, name string, size int64) (*wire.UploadSession, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	switch {
	case size <= 0:
		return nil, fault.New(http.StatusBadRequest, "model.upload_session.is_valid.file_size.app_error", "The file_size is how many bytes the file has, at least 1.")
	case size > v.Limit:
		return nil, fault.New(http.StatusRequestEntityTooLarge, "api.upload.create.upload_too_large.app_error", "A file has at most %d bytes.", v.Limit)
	}
	row, err := v.DB.InsertUpload(ctx, dbsql.InsertUploadParams{ID: id.New(), UserID: user, ChannelID: channel, Now: v.Now.Millis(), Filename: name, FileSize: size, Most: mostUploads})
	if store.Missing(err) {
		return nil, fault.New(http.StatusTooManyRequests, "api.upload.create.limit.app_error", "At most %d uploads can be under way: finish one first.", mostUploads)
	}
	return UploadSession(row), err
}

// Upload finds one, finished or not.
func (v *Vault) Upload(ctx context.Context, upload id.ID) (dbsql.Upload, error) {
	row, err := v.DB.UploadByID(ctx, upload)
	if store.Missing(err) {
		return row, fault.NotFound("upload_session")
	}
	return row, err
}

// UploadsOf is what a user has begun and not finished.
func (v *Vault) UploadsOf(ctx context.Context, user id.ID) ([]*wire.UploadSession, error) {
	rows, err := v.DB.UploadsOfUser(ctx, user)
	out := make([]*wire.UploadSession, len(rows))
	for i, row := range rows {
		out[i] = UploadSession(row)
	}
	return out, err
}

// UploadSession is an upload's row as the wire has it.
func UploadSession(u dbsql.Upload) *wire.UploadSession {
	return &wire.UploadSession{ID: u.ID, Type: Attachment, CreateAt: u.CreateAt, UserID: u.UserID, ChannelID: u.ChannelID, Filename: u.Filename,
		FileSize: u.FileSize, FileOffset: u.FileOffset}
}
