package files

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// finish makes a file of the pieces, which are removed then, at the latest by Tidy. A file that another has made meanwhile is the upload's,
// and ours is one without a post.
func (w *writer) finish(ctx context.Context) (*wire.FileInfo, error) {
	stop := w.holdOn(ctx)
	defer stop()
	rows, err := w.DB.PiecesOfUpload(ctx, w.upload.ID)
	if err != nil {
		return nil, err
	}
	all := w.join(ctx, rows)
	defer func() { _ = all.Close() }()
	info, err := w.Save(ctx, w.upload.UserID, w.upload.ChannelID, w.upload.Filename, all)
	if err != nil {
		return nil, err
	}
	if n, err := w.DB.FinishUpload(ctx, dbsql.FinishUploadParams{ID: w.upload.ID, Writer: w.name, FileID: info.ID, Now: w.Now.Millis()}); err != nil || n == 0 {
		return nil, busyUnless(err)
	}
	for _, piece := range rows {
		if w.drop(ctx, piece.ID) != nil {
			break
		}
	}
	return info, nil
}

// holdOn keeps the upload while no bytes come, until it is stopped.
func (w *writer) holdOn(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(holding / 4)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = w.goOn(ctx) // who has lost it finds out at the end
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// joined reads pieces one after the other, and closes each at its end.
type joined struct{ left []*Reader }

func (v *Vault) join(ctx context.Context, rows []dbsql.UploadPiece) *joined {
	j := &joined{}
	for _, piece := range rows {
		j.left = append(j.left, &Reader{ctx: ctx, bucket: v.bucket, key: pieces.key(piece.ID), size: piece.Size})
	}
	return j
}

func (j *joined) Read(p []byte) (int, error) {
	for len(j.left) > 0 {
		now := j.left[0]
		n, err := now.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if now.at < now.size {
			return n, io.ErrUnexpectedEOF
		}
		_ = j.Close()
		if n > 0 {
			return n, nil
		}
	}
	return 0, io.EOF
}

// Close ends with the piece under way, if any.
func (j *joined) Close() error {
	if len(j.left) == 0 {
		return nil
	}
	now := j.left[0]
	j.left = j.left[1:]
	return now.Close()
}
