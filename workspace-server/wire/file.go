package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// FileInfo describes an uploaded file.
type FileInfo struct {
	ID              id.ID   `json:"id"`
	CreatorID       id.ID   `json:"user_id"`
	PostID          id.ID   `json:"post_id,omitzero"`
	ChannelID       id.ID   `json:"channel_id"`
	CreateAt        int64   `json:"create_at"`
	UpdateAt        int64   `json:"update_at"`
	DeleteAt        int64   `json:"delete_at"`
	Name            string  `json:"name"`
	Extension       string  `json:"extension"`
	Size            int64   `json:"size"`
	MimeType        string  `json:"mime_type"`
	Width           int     `json:"width,omitempty"`
	Height          int     `json:"height,omitempty"`
	HasPreviewImage bool    `json:"has_preview_image,omitempty"`
	MiniPreview     *[]byte `json:"mini_preview"`
	RemoteID        *string `json:"remote_id"`
	Archived        bool    `json:"archived"`
}

// FileUploadResponse lists what was uploaded, in the order of the request.
type FileUploadResponse struct {
	FileInfos []*FileInfo `json:"file_infos"`
	ClientIDs []string    `json:"client_ids"`
}

// FileInfoList is what was found, in its order.
type FileInfoList struct {
	Order                     []id.ID             `json:"order"`
	FileInfos                 map[id.ID]*FileInfo `json:"file_infos"`
	NextFileInfoID            id.ID               `json:"next_file_info_id"` // always none: files are paged by number
	PrevFileInfoID            id.ID               `json:"prev_file_info_id"`
	FirstInaccessibleFileTime int64               `json:"first_inaccessible_file_time"`
}

// UploadSession is an upload that can go on after it was interrupted.
type UploadSession struct {
	ID              id.ID  `json:"id"`
	Type            string `json:"type"`
	CreateAt        int64  `json:"create_at"`
	UserID          id.ID  `json:"user_id"`
	ChannelID       id.ID  `json:"channel_id,omitzero"`
	Filename        string `json:"filename"`
	FileSize        int64  `json:"file_size"`
	FileOffset      int64  `json:"file_offset"` // what has come; FileSize when it is finished
	RemoteID        string `json:"remote_id"`
	RequestedFileID string `json:"req_file_id"`
}
