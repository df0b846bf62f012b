package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
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

const mostRanges = 8 // of a file, in one answer

// upload takes files as a form, or one file as the whole body; both stream.
func (a *API) upload(r *Request) (Response, error) {
	if err := a.Files.Ready(); err != nil {
		return Response{}, err
	}
	content := r.limited(nil, a.Config.Settings().MaxFileSize*10+maxBody)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return a.uploadBody(r, content)
	}
	return a.uploadForm(r, multipart.NewReader(content, params["boundary"]))
}

func (a *API) uploadBody(r *Request, content io.Reader) (Response, error) {
	if r.Channel.Channel.ID.IsZero() {
		return Response{}, fault.BadURL("channel_id", "the id of a channel")
	}
	info, err := a.Files.Save(r.Context(), r.User.ID, r.Channel.Channel.ID, r.Query().Get("filename"), content)
	if err != nil {
		return Response{}, err
	}
	return created(wire.FileUploadResponse{FileInfos: []*wire.FileInfo{info}, ClientIDs: clientIDs(r.Query().Get("client_id"))}, nil)
}

func clientIDs(one string) []string {
	if one == "" {
		return []string{}
	}
	return []string{one}
}

var errForm = fault.New(http.StatusBadRequest, "api.file.upload_file.read_request.app_error", "The body is no multipart form with channel_id before its files.")

func (a *API) uploadForm(r *Request, form *multipart.Reader) (Response, error) {
	out := wire.FileUploadResponse{FileInfos: []*wire.FileInfo{}, ClientIDs: []string{}}
	for parts := 0; ; parts++ {
		part, err := form.NextRawPart() // a file's bytes are those that were sent, whatever their part says of an encoding
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || parts > 40 {
			return Response{}, errForm
		}
		switch part.FormName() {
		case "channel_id":
			if err := a.formChannel(r, part); err != nil {
				return Response{}, err
			}
		case "client_ids":
			text, err := field(part)
			if err != nil {
				return Response{}, err
			}
			out.ClientIDs = append(out.ClientIDs, text)
		case "files":
			if r.Channel.Channel.ID.IsZero() || len(out.FileInfos) == 10 {
				return Response{}, errForm
			}
			info, err := a.Files.Save(r.Context(), r.User.ID, r.Channel.Channel.ID, part.FileName(), whole{part})
			if err != nil {
				return Response{}, err
			}
			out.FileInfos = append(out.FileInfos, info)
		}
	}
	if len(out.FileInfos) == 0 {
		return Response{}, errForm
	}
	return created(out, nil)
}

func (a *API) formChannel(r *Request, part io.Reader) error {
	text, err := field(part)
	if err != nil {
		return err
	}
	channel, err := id.Parse(text)
	if err != nil {
		return fault.BadBody("channel_id", "the id of a channel")
	}
	return a.enterChannel(r, channel, roles.UploadFile)
}

// field reads a form field that is no file.
func field(part io.Reader) (string, error) {
	var buf bytes.Buffer
	if n, err := io.Copy(&buf, io.LimitReader(part, 1025)); err != nil || n > 1024 {
		return "", errForm
	}
	return buf.String(), nil
}

func (a *API) fileInfo(r *Request) (Response, error) { return reply(posts.FileInfo(r.File), nil) }

func (a *API) filesOfPost(r *Request) (Response, error) {
	rows, err := a.DB.FilesOfPosts(r.Context(), []id.ID{r.Post.ID})
	out := make([]*wire.FileInfo, len(rows))
	for i, f := range rows {
		out[i] = posts.FileInfo(f)
	}
	return reply(out, err)
}

func (a *API) fileContent(r *Request) (Response, error) { return a.download(r, aMonth) }

// download answers the file of the request, or the part that is asked for, which clients may keep that long.
func (a *API) download(r *Request, cache string) (Response, error) {
	content, err := a.Files.Open(r.Context(), r.File)
	if errors.Is(err, files.ErrLost) {
		a.Log.Error("file lost", "request", r.RequestID, "file", r.File.ID.String()) // its operator's concern, though the client's answer
		return Response{}, fault.NotFound("file")
	}
	if err != nil {
		return Response{}, err
	}
	attach := r.Flag("download")
	f := r.File
	return Response{Write: func(w http.ResponseWriter, raw *http.Request) {
		defer content.Close()
		fileHeaders(w.Header(), f, attach)
		w.Header().Set("Cache-Control", cache)
		if strings.Count(raw.Header.Get("Range"), ",") >= mostRanges { // each of them asks the bucket: the whole file does so once
			raw.Header.Del("Range")
		}
		http.ServeContent(w, raw, "", time.UnixMilli(f.CreateAt), content)
	}}, nil
}

// fileHeaders make sure that nothing a user uploaded runs in the workspace's own origin.
func fileHeaders(h http.Header, f dbsql.File, attach bool) {
	kind, disposition := "application/octet-stream", "attachment"
	if harmless(f.MimeType) {
		kind = f.MimeType
		if !attach {
			disposition = "inline"
		}
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition+"; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(f.Name), "+", "%20"))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Etag", `"`+f.ID.String()+`"`) // a file never changes
	h.Del("Expires")
}

// harmless types are shown by browsers without running anything.
func harmless(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "application/pdf", "text/plain":
		return true
	}
	return strings.HasPrefix(kind, "video/") || strings.HasPrefix(kind, "audio/")
}
