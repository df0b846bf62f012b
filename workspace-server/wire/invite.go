package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// MemberInvite is whom to invite to a team by mail, and into which of its channels.
type MemberInvite struct {
	Emails     []string `json:"emails"`
	ChannelIDs []id.ID  `json:"channelIds,omitempty"`
	Message    string   `json:"message"`
}

// GuestsInvite is whom to invite to channels of a team by mail, as guests.
type GuestsInvite struct {
	Emails   []string `json:"emails"`
	Channels []id.ID  `json:"channels"`
	Message  string   `json:"message"`
}

// EmailInviteWithError says whether an address was invited, and why not.
type EmailInviteWithError struct {
	Email string `json:"email"`
	Error *Error `json:"error"`
}
