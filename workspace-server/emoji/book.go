package emoji

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image/gif"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/pictures"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	MaxImage = 512 << 10 // bytes
	side     = 128       // pixels
	most     = 10_000    // of a workspace
)

// Book holds the emoji that people have made.
type Book struct {
	DB    *store.DB
	Hub   *realtime.Hub
	Now   clock.Clock
	Files *files.Vault
}

type added struct {
	Emoji string `json:"emoji"`
}

var errTaken = fault.New(http.StatusBadRequest, "api.emoji.create.duplicate.app_error", "There is an emoji of that name already.")

// Create makes an emoji of an image, which is scaled to 128 pixels. One that moves has to be that small.
func (b *Book) Create(ctx context.Context, creator id.ID, name string, image []byte) (*wire.Emoji, error) {
	if !IsName(name) {
		return nil, fault.BadBody("name", Allowed)
	}
	if err := b.Files.Ready(); err != nil {
		return nil, err
	}
	image, kind, err := drawn(ctx, image)
	if err != nil {
		return nil, err
	}
	if n, err := b.DB.CountEmoji(ctx); err != nil || n >= most {
		return nil, cmp.Or[error](err, fault.New(http.StatusBadRequest, "api.emoji.create.too_many.app_error", "A workspace has at most %d emoji.", most))
	}
	row := dbsql.InsertEmojiParams{ID: id.New(), CreatorID: creator, Now: b.Now.Millis(), Name: name}
	if err := b.Files.Put(ctx, files.Emoji, row.ID, image, kind); err != nil {
		return nil, err
	}
	e, err := b.DB.InsertEmoji(ctx, row)
	if err != nil {
		if store.Violates(err, "emoji_name") {
			err = errTaken
		}
		return nil, errors.Join(err, b.Files.Remove(context.WithoutCancel(ctx), files.Emoji, row.ID))
	}
	view := posts.Emoji(e)
	b.Hub.Publish(realtime.Event{Name: realtime.EmojiAdded, Data: added{realtime.Text(view)}})
	return view, nil
}

func drawn(ctx context.Context, image []byte) (out []byte, kind string, err error) {
	if http.DetectContentType(image) == "image/gif" {
		if cfg, err := gif.DecodeConfig(bytes.NewReader(image)); err == nil && cfg.Width <= side && cfg.Height <= side {
			if _, err := gif.Decode(bytes.NewReader(image)); err != nil { // of all its frames the first: more would take any room
				return nil, "", fault.BadBody("image", "an image that is whole")
			}
			return image, "image/gif", nil
		}
	}
	out, err = pictures.Within(ctx, "image", image, side, side)
	return out, "image/png", err
}

// Find is one emoji.
func (b *Book) Find(ctx context.Context, emoji id.ID) (dbsql.Emoji, error) {
	e, err := b.DB.EmojiByID(ctx, emoji)
	if store.Missing(err) {
		return e, fault.NotFound("emoji")
	}
	return e, err
}

// ByNames are those of the names that there are.
func (b *Book) ByNames(ctx context.Context, names ...string) ([]*wire.Emoji, error) {
	return view(b.DB.EmojiByNames(ctx, names))
}

// List reads a part of all, the newest first or by name.
func (b *Book) List(ctx context.Context, number, size int, byName bool) ([]*wire.Emoji, error) {
	return view(b.DB.ListEmoji(ctx, dbsql.ListEmojiParams{ByName: byName, MaxRows: int32(size), Skip: int32(number * size)}))
}

// Search are those whose name begins with a term, or has it anywhere.
func (b *Book) Search(ctx context.Context, term string, prefixOnly bool, most int) ([]*wire.Emoji, error) {
	return view(b.DB.SearchEmoji(ctx, dbsql.SearchEmojiParams{Term: term, PrefixOnly: prefixOnly, MaxRows: int32(most)}))
}

func view(rows []dbsql.Emoji, err error) ([]*wire.Emoji, error) {
	out := make([]*wire.Emoji, len(rows))
	for i, e := range rows {
		out[i] = posts.Emoji(e)
	}
	return out, err
}

// Delete removes an emoji's image and then itself, so that what fails can be asked for again. Where it was used its name stands from then on.
func (b *Book) Delete(ctx context.Context, emoji id.ID) error {
	if err := b.Files.Remove(ctx, files.Emoji, emoji); err != nil {
		return err
	}
	n, err := b.DB.DeleteEmoji(ctx, dbsql.DeleteEmojiParams{ID: emoji, Now: b.Now.Millis()})
	if err == nil && n == 0 {
		err = fault.NotFound("emoji")
	}
	return err
}
