// Package bookmarks owns what channels have at their top: links and files, and their order. It never decides who may put something there.
package bookmarks

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/emoji"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	most        = 50 // of a channel
	longestName = 64 // runes
	longestLink = 1024

	link = "link"
	file = "file"
)

// Shelf holds the bookmarks of all channels.
type Shelf struct {
	DB  *store.DB
	Hub *realtime.Hub
	Now clock.Clock
}

type one struct {
	Bookmark string `json:"bookmark"`
}

type several struct {
	Bookmarks string `json:"bookmarks"`
}

var errAbsent = fault.New(http.StatusNotFound, "app.channel.bookmark.get.app_error", "The channel has no such bookmark.")

// List reads a channel's bookmarks in their order; with a time, those that changed since, the deleted among them.
func (s *Shelf) List(ctx context.Context, channel id.ID, since int64) ([]*wire.ChannelBookmarkWithFile, error) {
	rows, err := s.DB.BookmarksOfChannel(ctx, dbsql.BookmarksOfChannelParams{ChannelID: channel, Since: since})
	if err != nil {
		return nil, err
	}
	return s.view(ctx, rows...)
}

// Create puts a bookmark at the end, and tells the channel, but not the connection that is named.
func (s *Shelf) Create(ctx context.Context, in wire.ChannelBookmark, connection string) (*wire.ChannelBookmarkWithFile, error) {
	if err := s.check(ctx, &in, id.ID{}); err != nil {
		return nil, err
	}
	var row dbsql.Bookmark
	err := s.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = q.LockChannel(ctx, in.ChannelID); err != nil {
			return err
		}
		row, err = q.InsertBookmark(ctx, dbsql.InsertBookmarkParams{ID: id.New(), ChannelID: in.ChannelID, OwnerID: in.OwnerID, FileID: in.FileID, Now: s.Now.Millis(),
			DisplayName: in.DisplayName, LinkUrl: in.LinkURL, ImageUrl: in.ImageURL, Emoji: in.Emoji, Type: in.Type, Most: most})
		return err
	})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "app.channel.bookmark.save.limit.app_error", "A channel has at most %d bookmarks.", most)
	}
	return s.told(ctx, realtime.BookmarkCreated, connection, row, err)
}

// check refuses what can be no bookmark. The file that it had before was looked at then.
func (s *Shelf) check(ctx context.Context, in *wire.ChannelBookmark, before id.ID) error {
	in.Emoji = strings.Trim(in.Emoji, ":")
	switch {
	case in.DisplayName == "" || utf8.RuneCountInString(in.DisplayName) > longestName:
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.display_name.app_error", "The display_name has 1 to %d characters.", longestName)
	case in.Emoji != "" && !emoji.IsName(in.Emoji):
		return fault.BadBody("emoji", emoji.Allowed)
	case in.Type == link:
		return checkLink(in)
	case in.Type == file:
		return s.checkFile(ctx, in, before)
	}
	return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.type.app_error", "The type is link or file.")
}

func checkLink(in *wire.ChannelBookmark) error {
	if !in.FileID.IsZero() {
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error", "A link has no file_id.")
	}
	if !address(in.LinkURL) {
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.link_url.missing_or_invalid.app_error", "The link_url begins with http:// or https://, and has at most %d characters.", longestLink)
	}
	if in.ImageURL != "" && !address(in.ImageURL) {
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.image_url.app_error", "The image_url begins with http:// or https://, and has at most %d characters.", longestLink)
	}
	return nil
}

func address(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && utf8.RuneCountInString(text) <= longestLink
}

func (s *Shelf) checkFile(ctx context.Context, in *wire.ChannelBookmark, before id.ID) error {
	if in.LinkURL != "" || in.ImageURL != "" {
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.link_url.missing_or_invalid.app_error", "A file has neither link_url nor image_url.")
	}
	if in.FileID == before && !before.IsZero() {
		return nil
	}
	_, err := s.DB.FileToBookmark(ctx, dbsql.FileToBookmarkParams{ID: in.FileID, UserID: in.OwnerID, ChannelID: in.ChannelID})
	if store.Missing(err) {
		return fault.New(http.StatusBadRequest, "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error", "The file_id is a file that you uploaded to the channel, and that no post has.")
	}
	return err
}

func (s *Shelf) find(ctx context.Context, channel, bookmark id.ID) (dbsql.Bookmark, error) {
	row, err := s.DB.BookmarkInChannel(ctx, dbsql.BookmarkInChannelParams{ID: bookmark, ChannelID: channel})
	if store.Missing(err) {
		err = errAbsent
	}
	return row, err
}

// Update changes what is not null. The type stays, and a file is replaced by one that who asks has uploaded.
func (s *Shelf) Update(ctx context.Context, channel, bookmark, by id.ID, patch wire.ChannelBookmarkPatch, connection string) (*wire.ChannelBookmarkUpdate, error) {
	row, err := s.find(ctx, channel, bookmark)
	if err != nil {
		return nil, err
	}
	next := *view(row)
	next.OwnerID = by // of a file that is put in its place
	for field, value := range map[*string]*string{&next.DisplayName: patch.DisplayName, &next.LinkURL: patch.LinkURL, &next.ImageURL: patch.ImageURL, &next.Emoji: patch.Emoji} {
		if value != nil {
			*field = *value
		}
	}
	if patch.FileID != nil {
		next.FileID = *patch.FileID
	}
	if err := s.check(ctx, &next, row.FileID); err != nil {
		return nil, err
	}
	row, err = s.DB.UpdateBookmark(ctx, dbsql.UpdateBookmarkParams{ID: bookmark, Now: s.Now.Millis(), FileID: next.FileID, DisplayName: next.DisplayName, LinkUrl: next.LinkURL,
		ImageUrl: next.ImageURL, Emoji: next.Emoji})
	shown, err := s.told(ctx, realtime.BookmarkUpdated, connection, row, err)
	return &wire.ChannelBookmarkUpdate{Updated: shown}, err
}

// Delete takes a bookmark away; those behind it move up.
func (s *Shelf) Delete(ctx context.Context, channel, bookmark id.ID, connection string) (*wire.ChannelBookmarkWithFile, error) {
	var row dbsql.Bookmark
	err := s.inOrder(ctx, channel, func(q *dbsql.Queries, ids []id.ID) (_ []id.ID, err error) {
		row, err = q.DeleteBookmark(ctx, dbsql.DeleteBookmarkParams{ID: bookmark, Now: s.Now.Millis()})
		return slices.DeleteFunc(ids, func(b id.ID) bool { return b == bookmark }), err
	}, bookmark)
	return s.told(ctx, realtime.BookmarkDeleted, connection, row, err)
}

// Sort gives a bookmark another place, the first being 0, and answers all in their order.
func (s *Shelf) Sort(ctx context.Context, channel, bookmark id.ID, place int64, connection string) ([]*wire.ChannelBookmarkWithFile, error) {
	err := s.inOrder(ctx, channel, func(_ *dbsql.Queries, ids []id.ID) ([]id.ID, error) {
		if place < 0 || place >= int64(len(ids)) {
			return nil, fault.New(http.StatusBadRequest, "app.channel.bookmark.update_sort.invalid_input.app_error", "The place is 0 to %d.", len(ids)-1)
		}
		ids = slices.DeleteFunc(ids, func(b id.ID) bool { return b == bookmark })
		return slices.Insert(ids, int(place), bookmark), nil
	}, bookmark)
	if err != nil {
		return nil, err
	}
	all, err := s.List(ctx, channel, 0)
	if err == nil {
		s.Hub.Publish(realtime.Event{Name: realtime.BookmarksSorted, Data: several{realtime.Text(all)}, To: wire.Broadcast{ChannelID: channel, OmitConnectionID: connection}})
	}
	return all, err
}

// inOrder changes the order of a channel's bookmarks, among which one has to be.
func (s *Shelf) inOrder(ctx context.Context, channel id.ID, change func(q *dbsql.Queries, ids []id.ID) ([]id.ID, error), bookmark id.ID) error {
	return s.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockChannel(ctx, channel); err != nil {
			return err
		}
		rows, err := q.BookmarksOfChannel(ctx, dbsql.BookmarksOfChannelParams{ChannelID: channel})
		if err != nil {
			return err
		}
		ids := make([]id.ID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		if !slices.Contains(ids, bookmark) {
			return errAbsent
		}
		if ids, err = change(q, ids); err != nil {
			return err
		}
		return q.PlaceBookmarks(ctx, dbsql.PlaceBookmarksParams{Ids: ids, Now: s.Now.Millis()})
	})
}

func (s *Shelf) told(ctx context.Context, name realtime.Name, connection string, row dbsql.Bookmark, err error) (*wire.ChannelBookmarkWithFile, error) {
	if store.Missing(err) {
		return nil, errAbsent
	}
	if err != nil {
		return nil, err
	}
	views, err := s.view(ctx, row)
	if err != nil {
		return nil, err
	}
	s.Hub.Publish(realtime.Event{Name: name, Data: one{realtime.Text(views[0])}, To: wire.Broadcast{ChannelID: row.ChannelID, OmitConnectionID: connection}})
	return views[0], nil
}

func view(b dbsql.Bookmark) *wire.ChannelBookmark {
	return &wire.ChannelBookmark{ID: b.ID, CreateAt: b.CreateAt, UpdateAt: b.UpdateAt, DeleteAt: b.DeleteAt, ChannelID: b.ChannelID, OwnerID: b.OwnerID, FileID: b.FileID,
		DisplayName: b.DisplayName, SortOrder: b.SortOrder, LinkURL: b.LinkUrl, ImageURL: b.ImageUrl, Emoji: b.Emoji, Type: b.Type}
}

// view completes bookmarks with their files, which takes no query where there are none.
func (s *Shelf) view(ctx context.Context, rows ...dbsql.Bookmark) ([]*wire.ChannelBookmarkWithFile, error) {
	out := make([]*wire.ChannelBookmarkWithFile, len(rows))
	var ids []id.ID
	for i, b := range rows {
		out[i] = &wire.ChannelBookmarkWithFile{ChannelBookmark: view(b)}
		if !b.FileID.IsZero() {
			ids = append(ids, b.FileID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	files, err := s.DB.FilesByIDs(ctx, ids)
	for _, f := range files {
		for _, b := range out {
			if b.FileID == f.ID {
				b.File = posts.FileInfo(f)
			}
		}
	}
	return out, err
}
