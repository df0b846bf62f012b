package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
)

// onFile needs to be the uploader, or to read the channel that the file was posted in.
func onFile(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	file, err := r.ID("file_id")
	if err != nil {
		return err
	}
	if r.File, err = a.Files.Find(r.Context(), file); err != nil {
		return err
	}
	if r.File.PostID.IsZero() {
		return a.enterUpload(r)
	}
	return a.enterChannel(r, r.File.ChannelID, roles.ReadChannelContent)
}

// enterUpload needs to be the uploader, or to read a channel that has the file at its top.
func (a *API) enterUpload(r *Request) error {
	if r.File.CreatorID == r.User.ID || r.Admin() {
		return nil
	}
	channels, err := a.DB.BookmarkedIn(r.Context(), r.File.ID)
	if err != nil {
		return err
	}
	for _, channel := range channels {
		if a.enterChannel(r, channel, roles.ReadChannelContent) == nil {
			return nil
		}
	}
	return fault.Forbidden()
}

// onAccessToken needs a permission, and to be the user whose token the address or the body names, or someone who may edit others.
func onAccessToken(want roles.Permission) Rule {
	return func(a *API, r *Request) error {
		if err := system(want)(a, r); err != nil {
			return err
		}
		token, err := r.namedToken()
		if err != nil {
			return err
		}
		if r.AccessToken, err = a.Sessions.FindAccessToken(r.Context(), token); err != nil {
			return err
		}
		return allowed(r.AccessToken.UserID == r.User.ID || roles.Allow(r.User.Roles, roles.EditOtherUsers))
	}
}

func (r *Request) namedToken() (id.ID, error) {
	if r.Path("token_id") != "" {
		return r.ID("token_id")
	}
	var body struct {
		TokenID id.ID `json:"token_id"`
	}
	err := r.decodeTo(&body)
	if err == nil && body.TokenID.IsZero() {
		err = fault.BadBody("token_id", "the id of an access token")
	}
	return body.TokenID, err
}
