package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// Thread is a root with what its replies are to somebody who follows it.
type Thread struct {
	ID             id.ID   `json:"id"` // of the root
	ReplyCount     int64   `json:"reply_count"`
	LastReplyAt    int64   `json:"last_reply_at"`
	LastViewedAt   int64   `json:"last_viewed_at"`
	Participants   []*User `json:"participants"`
	Post           *Post   `json:"post"`
	UnreadReplies  int64   `json:"unread_replies"`
	UnreadMentions int64   `json:"unread_mentions"`
	IsUrgent       bool    `json:"is_urgent"`
	DeleteAt       int64   `json:"delete_at"`
}

// Threads is a part of the threads that somebody follows, newest first, and how many there are in all.
type Threads struct {
	Total                     int64     `json:"total"`
	TotalUnreadThreads        int64     `json:"total_unread_threads"`
	TotalUnreadMentions       int64     `json:"total_unread_mentions"`
	TotalUnreadUrgentMentions int64     `json:"total_unread_urgent_mentions"`
	Threads                   []*Thread `json:"threads"`
}
