package api

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/pictures"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	pictureSide = 128      // pixels
	maxPicture  = 10 << 20 // bytes of what a picture or an icon is made from

	shortly = "max-age=300, private"
	aDay    = "max-age=86400, private"
	aMonth  = "max-age=2592000, private"
)

// shown is an image of our own making.
func shown(content []byte, kind, cache string) Response {
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Cache-Control", cache)
		h.Del("Expires")
		_, _ = w.Write(content)
	}}
}

// drawing is who holds an image in memory, which not many do at a time.
var drawing = make(chan struct{}, 2)

// drawn has a picture read from the request's form, within a time, and does with it what has to be done.
func drawn(r *Request, most int64, do func(picture []byte, fields map[string]string) error) error {
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	r.patience(bodyPatience)
	picture, fields, err := formParts(r, most)
	r.patience(0)
	if err != nil {
		return err
	}
	return do(picture, fields)
}

// formParts reads a form's image, of at most so many bytes, and its other fields.
func formParts(r *Request, most int64) (picture []byte, fields map[string]string, err error) {
	r.Body = http.MaxBytesReader(nil, r.Body, most+maxBody)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return nil, nil, errNoImage
	}
	fields = map[string]string{}
	form := multipart.NewReader(r.Body, params["boundary"])
	for parts := 0; ; parts++ {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || parts > 10 {
			return nil, nil, errNoImage
		}
		if part.FormName() == "image" {
			picture, err = readImage(part, most)
		} else {
			fields[part.FormName()], err = field(part)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if picture == nil {
		return nil, nil, errNoImage
	}
	return picture, fields, nil
}

func readImage(content io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(content, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fault.New(http.StatusRequestEntityTooLarge, "api.image.too_large.app_error", "An image has at most %d bytes.", most)
	}
	return data, err
}

var errNoImage = fault.New(http.StatusBadRequest, "api.image.no_file.app_error", "The body is no multipart form with an image.")

// kept is an image in the bucket; one that can't be had there is no worse than none.
func (a *API) kept(r *Request, shelf files.Shelf, of id.ID) (content []byte, kind string, err error) {
	content, kind, err = a.Files.Get(r.Context(), shelf, of)
	if errors.Is(err, files.ErrLost) {
		a.Log.Error("image lost", "request", r.RequestID, "shelf", string(shelf), "of", of.String())
		err = fault.NotFound("image")
	}
	return content, kind, err
}

func (a *API) userOf(r *Request) (dbsql.User, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return dbsql.User{}, err
	}
	return a.Users.Get(r.Context(), user)
}

func (a *API) userImage(r *Request) (Response, error) {
	u, err := a.userOf(r)
	if err != nil {
		return Response{}, err
	}
	if u.LastPictureUpdate > 0 {
		content, kind, err := a.kept(r, files.Faces, u.ID)
		if !fault.Is(err, fault.NotFound("image").ID) {
			return shown(content, kind, aDay), err
		}
	}
	return a.defaultUserImage(r)
}

// defaultUserImage is a square of the user's own colour.
func (a *API) defaultUserImage(r *Request) (Response, error) {
	u, err := a.userOf(r)
	if err != nil {
		return Response{}, err
	}
	own := color.RGBA{R: u.ID[13]/2 + 64, G: u.ID[14]/2 + 64, B: u.ID[15]/2 + 64, A: 255}
	square := image.NewPaletted(image.Rect(0, 0, pictureSide, pictureSide), color.Palette{own})
	draw.Draw(square, square.Bounds(), image.NewUniform(own), image.Point{}, draw.Src)
	var buf bytes.Buffer
	err = png.Encode(&buf, square)
	return shown(buf.Bytes(), "image/png", shortly), err
}

func (a *API) setUserImage(r *Request) (Response, error) {
	u, err := a.userOf(r)
	if err != nil {
		return Response{}, err
	}
	if err := a.putSquare(r, files.Faces, u.ID); err != nil {
		return Response{}, err
	}
	return done(a.Users.PictureChanged(r.Context(), u.ID, true))
}

// putSquare keeps the middle of the image in the request's form.
func (a *API) putSquare(r *Request, shelf files.Shelf, of id.ID) error {
	if err := a.Files.Ready(); err != nil {
		return err
	}
	return drawn(r, maxPicture, func(content []byte, _ map[string]string) error {
		square, err := pictures.Square(r.Context(), "image", content, pictureSide)
		if err != nil {
			return err
		}
		return a.Files.Put(r.Context(), shelf, of, square, "image/png")
	})
}

func (a *API) clearUserImage(r *Request) (Response, error) {
	user, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	if err := a.Users.PictureChanged(r.Context(), user, false); err != nil {
		return Response{}, err
	}
	return done(a.Files.Remove(r.Context(), files.Faces, user))
}

func (a *API) teamIcon(r *Request) (Response, error) {
	if r.Team.Team.LastIconUpdate == 0 {
		return Response{}, fault.New(http.StatusNotFound, "api.team.get_team_icon.read_file.app_error", "The team has no icon.")
	}
	content, kind, err := a.kept(r, files.Icons, r.Team.Team.ID)
	return shown(content, kind, aDay), err
}

func (a *API) setTeamIcon(r *Request) (Response, error) {
	if err := a.putSquare(r, files.Icons, r.Team.Team.ID); err != nil {
		return Response{}, err
	}
	return done(a.Teams.IconChanged(r.Context(), r.Team.Team.ID, true))
}

func (a *API) clearTeamIcon(r *Request) (Response, error) {
	if err := a.Teams.IconChanged(r.Context(), r.Team.Team.ID, false); err != nil {
		return Response{}, err
	}
	return done(a.Files.Remove(r.Context(), files.Icons, r.Team.Team.ID))
}

// smaller is the image of a file, drawn at another size.
func (a *API) smaller(size files.Size) Handler {
	return func(r *Request) (Response, error) {
		content, err := a.Files.Drawn(r.Context(), r.File, size)
		if errors.Is(err, files.ErrLost) {
			a.Log.Error("file lost", "request", r.RequestID, "file", r.File.ID.String())
			return Response{}, fault.NotFound("file")
		}
		return shown(content, "image/jpeg", aMonth), err
	}
}
