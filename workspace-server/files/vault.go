package files

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif"  // dimensions
	_ "image/jpeg" // dimensions
	_ "image/png"  // dimensions
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/pictures"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	inMemory = 1 << 20  // of a file is held before it goes to a temporary file
	maxDrawn = 32 << 20 // bytes of an image of which previews are drawn
)

// Vault stores files and finds them again.
type Vault struct {
	DB     *store.DB
	Now    clock.Clock
	limit  func() int64 // bytes of a file
	bucket *bucket      // nil when the workspace has none

	drawing chan struct{} // holds one while a preview is drawn: what it is drawn of is in memory
}

// NewVault makes a vault on the workspace's bucket.
func NewVault(db *store.DB, now clock.Clock, limit func() int64, b config.Bucket, dial broker.Dial) *Vault {
	v := &Vault{DB: db, Now: now, limit: limit, drawing: make(chan struct{}, 1)}
	if b != (config.Bucket{}) {
		v.bucket = newBucket(b, dial)
	}
	return v
}

// Ready says whether files can be stored at all.
func (v *Vault) Ready() error {
	if v.bucket == nil {
		return fault.New(http.StatusNotImplemented, "api.file.attachments.disabled.app_error", "This workspace has no file storage.")
	}
	return nil
}

// ErrLost says that the bucket does not have a file that the database knows.
var ErrLost = errors.New("the file is missing from the bucket")

// Save reads a file to its end and stores it. It belongs to no post yet. Its row is written first, so that there is no
// object that nobody knows of: what fails after that, or is interrupted, is an upload that Tidy removes.
func (v *Vault) Save(ctx context.Context, user, channel id.ID, name string, content io.Reader) (*wire.FileInfo, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	limit := v.limit()
	body, size, done, err := spool(io.LimitReader(content, limit+1))
	if err != nil {
		return nil, err
	}
	defer done()
	if size > limit {
		return nil, fault.New(http.StatusRequestEntityTooLarge, "api.file.upload_file.too_large_detailed.app_error", "A file has at most %d bytes.", limit)
	}
	row := dbsql.InsertFileParams{ID: id.New(), CreatorID: user, ChannelID: channel, Now: v.Now.Millis(), Name: name,
		Extension: extension(name), Size: size}
	if err := look(body, &row); err != nil {
		return nil, err
	}
	f, err := v.DB.InsertFile(ctx, row)
	if err != nil {
		return nil, err
	}
	if err := v.bucket.put(ctx, uploads.key(row.ID), body, size, row.MimeType); err != nil {
		return nil, err
	}
	return posts.FileInfo(f), nil
}

// Find describes a file.
func (v *Vault) Find(ctx context.Context, file id.ID) (dbsql.File, error) {
	f, err := v.DB.FileByID(ctx, file)
	if store.Missing(err) {
		return f, fault.NotFound("file_info")
	}
	return f, err
}

// Open reads a file's bytes, or answers ErrLost. The caller closes the reader.
func (v *Vault) Open(ctx context.Context, f dbsql.File) (*Reader, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	if err := v.bucket.check(ctx, uploads.key(f.ID)); err != nil {
		return nil, err
	}
	return &Reader{ctx: ctx, bucket: v.bucket, key: uploads.key(f.ID), size: f.Size}, nil
}

// spool brings the content to where it can be read twice: the object store wants its sum before its bytes.
func spool(content io.Reader) (body io.ReadSeeker, size int64, done func(), err error) {
	var head bytes.Buffer
	size, err = io.CopyN(&head, content, inMemory)
	if errors.Is(err, io.EOF) {
		return bytes.NewReader(head.Bytes()), size, func() {}, nil
	}
	if err != nil {
		return nil, 0, nil, err
	}
	tmp, err := os.CreateTemp("", "upload")
	if err != nil {
		return nil, 0, nil, err
	}
	_ = os.Remove(tmp.Name()) // it lives as long as it is open
	done = func() { _ = tmp.Close() }
	if size, err = io.Copy(tmp, io.MultiReader(&head, content)); err == nil {
		_, err = tmp.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, 0, nil, err
	}
	return tmp, size, done, nil
}

// look finds out what a file is from its name and its first bytes.
func look(body io.ReadSeeker, row *dbsql.InsertFileParams) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	row.MimeType, _, _ = mime.ParseMediaType(mime.TypeByExtension("." + row.Extension))
	if row.MimeType == "" {
		row.MimeType, _, _ = mime.ParseMediaType(http.DetectContentType(head[:n]))
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if strings.HasPrefix(row.MimeType, "image/") {
		begins, err := io.ReadAll(io.LimitReader(body, inMemory))
		if err != nil {
			return err
		}
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(begins)); err == nil && cfg.Width > 0 && cfg.Height > 0 {
			row.Width, row.Height = int32(cfg.Width), int32(cfg.Height)
		}
		row.Drawable = row.Size <= maxDrawn && pictures.Readable("file", begins) == nil
	}
	_, err = body.Seek(0, io.SeekStart)
	return err
}

func extension(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// cleanName keeps the last part of a path, whichever slash it was written with.
func cleanName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1 // it would be shown as another name
		}
		return r
	}, name)
	if name == "" || name == "." || name == ".." || name == "/" || len(name) > 255 {
		return "", fault.BadBody("filename", "a name of 1 to 255 bytes")
	}
	return name, nil
}
