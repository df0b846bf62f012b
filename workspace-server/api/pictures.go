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
	"os"

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

// drawn does with the picture in the request's form what has to be done. It comes to a file first: how long that takes keeps nobody waiting.
func drawn(r *Request, most int64, do func(picture []byte, fields map[string]string) error) error {
	kept, fields, err := formParts(r, most)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	picture, err := io.ReadAll(kept)
	if err != nil {
		return err
	}
	return do(picture, fields)
}

// formParts brings a form's image, of at most so many bytes, to a file that lives as long as it is open, and reads its other fields.
func formParts(r *Request, most int64) (picture *os.File, fields map[string]string, err error) {
	content := r.limited(nil, most+maxBody)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return nil, nil, errNoImage
	}
	defer func() {
		if err != nil && picture != nil {
			_ = picture.Close()
		}
	}()
	fields = map[string]string{}
	form := multipart.NewReader(content, params["boundary"])
	for parts := 0; ; parts++ {
		part, failed := form.NextRawPart()
		switch {
		case errors.Is(failed, io.EOF) && picture != nil:
			_, err = picture.Seek(0, io.SeekStart)
			return picture, fields, err
		case failed != nil || parts > 10:
			return picture, nil, errNoImage
		case part.FormName() != "image":
			fields[part.FormName()], err = field(part)
		case picture != nil:
			err = errNoImage
		default:
			picture, err = spool(whole{part}, most)
		}
		if err != nil {
			return picture, nil, err
		}
	}
}

func spool(content io.Reader, most int64) (*os.File, error) {
	kept, err := os.CreateTemp("", "picture")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(kept.Name())
	n, err := io.Copy(kept, io.LimitReader(content, most+1))
	if err == nil && n > most {
		err = fault.New(http.StatusRequestEntityTooLarge, "api.image.too_large.app_error", "An image has at most %d bytes.", most)
	}
	return kept, err
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
	return a.other(r, user)
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
