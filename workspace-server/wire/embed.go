package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// OpenGraph is what a page says of itself, in the shape that clients read. Lists may be null.
type OpenGraph struct {
	Type             string            `json:"type"`
	URL              string            `json:"url"`
	Title            string            `json:"title"`
	Description      string            `json:"description"`
	Determiner       string            `json:"determiner"`
	SiteName         string            `json:"site_name"`
	Locale           string            `json:"locale"`
	LocalesAlternate []string          `json:"locales_alternate"`
	Images           []*OpenGraphImage `json:"images"`
	Audios           []struct{}        `json:"audios"` // never any
	Videos           []struct{}        `json:"videos"` // never any
}

// OpenGraphImage is an image that stands for a page.
type OpenGraphImage struct {
	URL       string `json:"url"`
	SecureURL string `json:"secure_url"`
	Type      string `json:"type"`
	Width     uint64 `json:"width"`
	Height    uint64 `json:"height"`
}

// PostImages are images by their addresses.
type PostImages map[string]*PostImage

// PreviewPost is the data of an embed that shows another post.
type PreviewPost struct {
	PostID             id.ID  `json:"post_id"`
	Post               *Post  `json:"post"`
	TeamName           string `json:"team_name"`
	ChannelDisplayName string `json:"channel_display_name"`
	ChannelType        string `json:"channel_type"`
	ChannelID          id.ID  `json:"channel_id"`
}
