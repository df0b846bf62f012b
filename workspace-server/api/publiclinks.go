package api

import (
	"net/http"
	"net/url"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
)

const publicPath = "/files/{file_id}/public"

var errNoLinks = fault.New(http.StatusForbidden, "api.file.get_public_link.disabled.app_error", "Public links are not enabled in this workspace.")

// onFileToShow needs to be able to show a file that was posted to anybody, where that may be done at all.
func onFileToShow(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	if !a.Config.Settings().PublicLinks {
		return errNoLinks
	}
	if err := onFile(a, r); err != nil {
		return err
	}
	if r.File.PostID.IsZero() {
		return fault.New(http.StatusBadRequest, "api.file.get_public_link.no_post.app_error", "The file is not part of a post.")
	}
	return a.enterChannel(r, r.File.ChannelID, roles.GetPublicLink)
}

func (a *API) publicLink(r *Request) (Response, error) {
	hash, err := a.Files.Hash(r.Context(), r.File.ID)
	link := a.workspace(r.Request).Address + "/files/" + r.File.ID.String() + "/public?" + url.Values{"h": {hash}}.Encode()
	return reply(map[string]string{"link": link}, err)
}

// publicFile is for whoever has its link. Nobody may keep it without asking again, so that the link ends with the file.
func (a *API) publicFile(r *Request) (Response, error) {
	if !a.Config.Settings().PublicLinks {
		return Response{}, errNoLinks
	}
	file, err := r.ID("file_id")
	if err != nil {
		return Response{}, err
	}
	if r.File, err = a.Files.Public(r.Context(), file, r.Query().Get("h")); err != nil {
		return Response{}, err
	}
	return a.download(r, "no-cache, private")
}
