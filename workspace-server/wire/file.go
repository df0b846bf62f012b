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
