package files

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	pieceSize   = 8 << 20          // of what comes is kept at a time
	mostPieces  = 10_000           // of an upload, however small they are sent
	holding     = 20 * time.Second // without a byte, until somebody else may go on with an upload
	pieceWithin = time.Minute      // is kept also of a client that has gone
)

// ErrBeyond says that a client sends more than it said it would.
var ErrBeyond = fault.New(http.StatusBadRequest, "api.upload.upload_data.invalid_content_length", "There is more than the upload still lacks of its file_size.")

var (
	errBusy = fault.New(http.StatusBadRequest, "app.upload.upload_data.concurrent.app_error", "Something else sends this upload's bytes, or just did: ask how far it is, and go on from there.")
	errTiny = fault.New(http.StatusBadRequest, "app.upload.upload_data.first_part_too_small.app_error", "The upload came in too many parts: begin again, with larger ones.")
)

// writer is who sends an upload's bytes now. There is one at a time on all instances: what another sends is kept by none of its statements.
type writer struct {
	*Vault
	name   id.ID
	upload dbsql.Upload
	seen   time.Time // that a byte came
}

// Resume takes what comes next of an upload, from the offset that the caller knows of, and keeps it in pieces: what is counted in the offset outlives this process.
// The last byte makes it a file like any other; before, there is none. A finished upload is the same file again.
func (v *Vault) Resume(ctx context.Context, u dbsql.Upload, content io.Reader) (*wire.FileInfo, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	if !u.FileID.IsZero() {
		f, err := v.Find(ctx, u.FileID)
		return posts.FileInfo(f), err
	}
	w := &writer{Vault: v, name: id.New(), seen: v.Now()}
	var err error
	w.upload, err = v.DB.HoldUpload(ctx, dbsql.HoldUploadParams{ID: u.ID, FileOffset: u.FileOffset, Writer: w.name, Until: v.Now().Add(holding).UnixMilli(), Now: v.Now.Millis()})
	if store.Missing(err) {
		return nil, errBusy
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = v.DB.ReleaseUpload(context.WithoutCancel(ctx), dbsql.ReleaseUploadParams{ID: u.ID, Writer: w.name}) // else it ends by itself
	}()
	from := &source{w: w, ctx: ctx, content: content}
	for more := true; more; {
		if more, err = w.take(ctx, from); err != nil {
			return nil, err
		}
	}
	if w.upload.FileOffset < w.upload.FileSize {
		return nil, nil
	}
	return w.finish(context.WithoutCancel(ctx))
}

// take keeps the next piece, also the beginning of one that was cut off, and reports whether there may be another.
func (w *writer) take(ctx context.Context, from *source) (more bool, err error) {
	left := w.upload.FileSize - w.upload.FileOffset
	body, size, done, err := spool(io.LimitReader(from, min(left, pieceSize)))
	if err != nil {
		return false, err
	}
	defer done()
	if size == left {
		var beyond [1]byte
		if n, _ := io.ReadFull(from, beyond[:]); n > 0 {
			return false, ErrBeyond
		}
	}
	if size > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pieceWithin)
		defer cancel()
		if err := w.keep(ctx, body, size); err != nil {
			return false, err
		}
	}
	return size == pieceSize && size < left, from.failed
}

// keep notes a piece before it is put, so that there is no object that nobody knows of, and counts it when it is there.
func (w *writer) keep(ctx context.Context, body io.ReadSeeker, size int64) error {
	if w.upload.Pieces >= mostPieces {
		return errTiny
	}
	piece := id.New()
	if n, err := w.DB.InsertPiece(ctx, dbsql.InsertPieceParams{ID: piece, UploadID: w.upload.ID, Writer: w.name}); err != nil || n == 0 {
		return busyUnless(err)
	}
	if err := w.bucket.put(ctx, pieces.key(piece), body, size, "application/octet-stream"); err != nil {
		return err
	}
	return w.DB.Tx(ctx, func(q *dbsql.Queries) error {
		next, err := q.AdvanceUpload(ctx, dbsql.AdvanceUploadParams{ID: w.upload.ID, Writer: w.name, BeginsAt: w.upload.FileOffset, Size: size,
			Until: w.Now().Add(holding).UnixMilli(), Now: w.Now.Millis()})
		if store.Missing(err) {
			return errBusy
		}
		if err != nil {
			return err
		}
		w.upload = next
		return q.KeepPiece(ctx, dbsql.KeepPieceParams{ID: piece, Size: size})
	})
}

func busyUnless(err error) error {
	if err != nil {
		return err
	}
	return errBusy
}

// goOn holds the upload for longer.
func (w *writer) goOn(ctx context.Context) error {
	n, err := w.DB.KeepHoldingUpload(ctx, dbsql.KeepHoldingUploadParams{ID: w.upload.ID, Writer: w.name, Until: w.Now().Add(holding).UnixMilli(), Now: w.Now.Millis()})
	if err != nil || n == 0 {
		return busyUnless(err)
	}
	w.seen = w.Now()
	return nil
}

// source is what a client sends. It ends where the client is cut off, and holds the upload as long as bytes come.
type source struct {
	w       *writer
	ctx     context.Context
	content io.Reader
	failed  error // why it ended too early
}

func (s *source) Read(p []byte) (n int, err error) {
	if s.failed != nil {
		return 0, io.EOF
	}
	n, err = s.content.Read(p)
	if err == nil && s.w.Now().Sub(s.w.seen) > holding/4 {
		err = s.w.goOn(s.ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed, err = err, io.EOF
	}
	return n, err
}
