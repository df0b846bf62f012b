package api

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
)

type newUpload struct {
	Type      string `json:"type"`
	ChannelID id.ID  `json:"channel_id"`
	Filename  string `json:"filename"`
	FileSize  int64  `json:"file_size"`
}

// toUploadTo needs to be able to upload to the channel that the body names. What is to be imported is no file of a channel.
func toUploadTo(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	in, err := decode[newUpload](r)
	if err != nil {
		return err
	}
	switch in.Type {
	case "", files.Attachment:
	case "import":
		if !r.Admin() {
			return fault.Forbidden()
		}
		return fault.NotImplemented()
	default:
		return fault.New(http.StatusBadRequest, "model.upload_session.is_valid.type.app_error", "The type is attachment.")
	}
	if in.ChannelID.IsZero() {
		return fault.New(http.StatusBadRequest, "model.upload_session.is_valid.channel_id.app_error", "The channel_id is that of a channel.")
	}
	return a.enterChannel(r, in.ChannelID, roles.UploadFile)
}

// onUpload needs to be who began the address's upload.
func onUpload(a *API, r *Request) error {
	if err := signedIn(a, r); err != nil {
		return err
	}
	upload, err := r.ID("upload_id")
	if err != nil {
		return err
	}
	if r.Upload, err = a.Files.Upload(r.Context(), upload); err != nil {
		return err
	}
	return allowed(r.Upload.UserID == r.User.ID)
}

// intoUpload needs to be able to upload to its channel still.
func intoUpload(a *API, r *Request) error {
	if err := onUpload(a, r); err != nil {
		return err
	}
	return a.enterChannel(r, r.Upload.ChannelID, roles.UploadFile)
}

func (a *API) beginUpload(r *Request) (Response, error) {
	in, err := decode[newUpload](r)
	if err != nil {
		return Response{}, err
	}
	return created(a.Files.Begin(r.Context(), r.User.ID, in.ChannelID, in.Filename, in.FileSize))
}

func (a *API) getUpload(r *Request) (Response, error) {
	return reply(a.Files.Session(r.Context(), r.Upload.ID))
}

func (a *API) uploadsOfUser(r *Request) (Response, error) {
	return reply(a.Files.UploadsOf(r.Context(), r.User.ID))
}

// resumeUpload takes more of an upload, as the whole body or as a form's first file.
func (a *API) resumeUpload(r *Request) (Response, error) {
	content, err := a.moreOf(r)
	if err != nil {
		return Response{}, err
	}
	info, err := a.Files.Resume(r.Context(), r.Upload, content)
	if err != nil || info != nil {
		return created(info, err)
	}
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}, nil
}

func (a *API) moreOf(r *Request) (io.Reader, error) {
	left := r.Upload.FileSize - r.Upload.FileOffset
	content := r.limited(nil, left+maxBody)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		if r.ContentLength > left {
			return nil, files.ErrBeyond
		}
		return content, nil
	}
	part, err := multipart.NewReader(content, params["boundary"]).NextRawPart() // the bytes as they were sent
	if err != nil {
		return nil, fault.New(http.StatusBadRequest, "api.upload.upload_data.multipart_error", "The body is no multipart form with a part that holds the upload's bytes.")
	}
	return whole{part}, nil
}
