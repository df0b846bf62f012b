package files

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// FuzzCleanName: a name is one of a file and of no folder, shown as it is, and the same when it is cleaned again.
func FuzzCleanName(f *testing.F) {
	for _, name := range []string{"note.txt", "../../etc/passwd", `C:\x\y.doc`, "a\x00b", "..", "/", "", "gpj.\u202eexe", "a\u2028b", "a\u0085b", "\xff\xfe", "\u200fx", "\U0001f468\u200d\U0001f469", strings.Repeat("\u00e4", 128), ".\x01."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := cleanName(raw)
		if err != nil {
			return
		}
		if again, err := cleanName(name); err != nil || again != name {
			t.Errorf("%q became %q, and that %q, %v", raw, name, again, err)
		}
		strange := func(r rune) bool {
			return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
		}
		if len(name) < 1 || len(name) > 255 || !utf8.ValidString(name) || path.Base(name) != name || strings.ContainsAny(name, `/\`) || name == ".." || name == "." || strings.ContainsFunc(name, strange) {
			t.Errorf("%q became %q", raw, name)
		}
	})
}

// FuzzLook: whatever is in a file, its type is one that a header can bear, its size in pixels is no less than none, it is read from its
// beginning afterwards, and what is an image is one to the library that draws it.
func FuzzLook(f *testing.F) {
	dot := image.NewPaletted(image.Rect(0, 0, 3, 2), color.Palette{color.Black})
	for name, encode := range map[string]func(io.Writer) error{"x.png": func(w io.Writer) error { return png.Encode(w, dot) }, "x.gif": func(w io.Writer) error { return gif.Encode(w, dot, nil) },
		"X.JPG": func(w io.Writer) error { return jpeg.Encode(w, dot, nil) }} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(name, b.Bytes())
		f.Add("x.txt", b.Bytes())
		f.Add("x", b.Bytes()[:20])
	}
	f.Add("x.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\x7f\xff\xff\xff\x08\x02\x00\x00\x00"))
	f.Add("x.html", []byte("<script>"))
	f.Add("x.\u00e4;a=b", []byte{})
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		name, err := cleanName(name)
		if err != nil {
			return
		}
		row := dbsql.InsertFileParams{Name: name, Extension: extension(name)}
		body := bytes.NewReader(content)
		if err := look(body, &row); err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(row.MimeType)
		if err != nil || kind != row.MimeType || len(params) > 0 || strings.ContainsFunc(kind, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is %q", name, row.MimeType)
		}
		if body.Len() != len(content) || row.Width < 0 || row.Height < 0 || (row.Width > 0) != (row.Height > 0) {
			t.Errorf("%q is %d x %d, and %d of %d bytes are left", name, row.Width, row.Height, body.Len(), len(content))
		}
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(content)); row.Width > 0 && (err != nil || int32(cfg.Width) != row.Width || !strings.HasPrefix(row.MimeType, "image/")) {
			t.Errorf("%q is %s of %d x %d: %v", name, row.MimeType, row.Width, row.Height, err)
		}
	})
}
