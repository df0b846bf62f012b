package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// ChannelBookmark is a link or a file at the top of a channel.
type ChannelBookmark struct {
	ID          id.ID  `json:"id"`
	CreateAt    int64  `json:"create_at"`
	UpdateAt    int64  `json:"update_at"`
	DeleteAt    int64  `json:"delete_at"`
	ChannelID   id.ID  `json:"channel_id"`
	OwnerID     id.ID  `json:"owner_id"`
	FileID      id.ID  `json:"file_id"`
	DisplayName string `json:"display_name"`
	SortOrder   int64  `json:"sort_order"`
	LinkURL     string `json:"link_url,omitempty"`
	ImageURL    string `json:"image_url,omitempty"`
	Emoji       string `json:"emoji,omitempty"`
	Type        string `json:"type"` // "link" or "file"
	OriginalID  id.ID  `json:"original_id,omitzero"`
	ParentID    id.ID  `json:"parent_id,omitzero"`
}

// ChannelBookmarkPatch changes what is not null.
type ChannelBookmarkPatch struct {
	FileID      *id.ID  `json:"file_id"`
	DisplayName *string `json:"display_name"`
	SortOrder   *int64  `json:"sort_order"`
	LinkURL     *string `json:"link_url,omitempty"`
	ImageURL    *string `json:"image_url,omitempty"`
	Emoji       *string `json:"emoji,omitempty"`
}

// ChannelBookmarkWithFile is a bookmark and the file that it is of.
type ChannelBookmarkWithFile struct {
	*ChannelBookmark
	File *FileInfo `json:"file,omitempty"`
}

// ChannelBookmarkUpdate is what became of a bookmark.
type ChannelBookmarkUpdate struct {
	Updated *ChannelBookmarkWithFile `json:"updated,omitempty"`
	Deleted *ChannelBookmarkWithFile `json:"deleted,omitempty"`
}
