package files

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Attachment is the type of an upload that becomes a file to post.
const Attachment = "attachment"

const (
	mostUploads  = 100 // of a user, unfinished
	settleEvery  = 50 * time.Millisecond
	settleWithin = 2 * time.Second
)

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
	case size > v.limit():
		return nil, fault.New(http.StatusRequestEntityTooLarge, "api.upload.create.upload_too_large.app_error", "A file has at most %d bytes.", v.limit())
	}
	var row dbsql.Upload
	err = v.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err := q.LockUser(ctx, user); err != nil { // or several that begin at once would count none of each other
			return err
		}
		row, err = q.InsertUpload(ctx, dbsql.InsertUploadParams{ID: id.New(), UserID: user, ChannelID: channel, Now: v.Now.Millis(), Filename: name, FileSize: size, Most: mostUploads})
		return err
	})
	if store.Missing(err) {
		return nil, fault.New(http.StatusTooManyRequests, "api.upload.create.limit.app_error", "At most %d uploads can be under way: finish one first.", mostUploads)
	}
	return session(row), err
}

// Upload finds one, finished or not.
func (v *Vault) Upload(ctx context.Context, upload id.ID) (dbsql.Upload, error) {
	row, err := v.DB.UploadByID(ctx, upload)
	if store.Missing(err) {
		return row, fault.NotFound("upload_session")
	}
	return row, err
}

// Session tells how far an upload is.
func (v *Vault) Session(ctx context.Context, upload id.ID) (*wire.UploadSession, error) {
	out, err := v.settled(ctx, func() ([]dbsql.Upload, error) {
		row, err := v.Upload(ctx, upload)
		return []dbsql.Upload{row}, err
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// UploadsOf is what a user has begun and not finished.
func (v *Vault) UploadsOf(ctx context.Context, user id.ID) ([]*wire.UploadSession, error) {
	return v.settled(ctx, func() ([]dbsql.Upload, error) { return v.DB.UploadsOfUser(ctx, user) })
}

// settled reads uploads until nobody sends one of them, or for a while: the beginning of what was cut off is still being kept then, and
// who went on from the offset before would have it in the file twice.
func (v *Vault) settled(ctx context.Context, read func() ([]dbsql.Upload, error)) ([]*wire.UploadSession, error) {
	held := func(u dbsql.Upload) bool { return !u.Writer.IsZero() && u.HeldUntil >= v.Now.Millis() }
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	rows, err := read()
	for wait := settleWithin; err == nil && wait > 0 && slices.ContainsFunc(rows, held); wait -= settleEvery {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		rows, err = read()
	}
	out := make([]*wire.UploadSession, len(rows))
	for i, row := range rows {
		out[i] = session(row)
	}
	return out, err
}

// session is an upload's row as the wire has it.
func session(u dbsql.Upload) *wire.UploadSession {
	return &wire.UploadSession{ID: u.ID, Type: Attachment, CreateAt: u.CreateAt, UserID: u.UserID, ChannelID: u.ChannelID, Filename: u.Filename,
		FileSize: u.FileSize, FileOffset: u.FileOffset}
}
