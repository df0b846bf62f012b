package previews

import (
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	longestTitle = 300
	longestText  = 500
	longestName  = 100
	longestURL   = 2048
	mostImages   = 3
	largestTag   = 256 << 10 // or script, in bytes
)

// parsePage is what the head of a page says of it, by its OpenGraph names or, without these, by its own. It reads to the body at most.
func parsePage(body io.Reader, charset string, at *url.URL) wire.OpenGraph {
	r := reader{at: at, charset: charset}
	z := html.NewTokenizer(body)
	z.SetMaxBuf(largestTag)
	for titled := false; ; {
		switch z.Next() {
		case html.ErrorToken: // what was there until then counts
			return r.page()
		case html.TextToken:
			if titled && r.title == "" {
				r.title = string(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attributes := z.TagName()
			tag := atom.Lookup(name)
			titled = tag == atom.Title
			if tag == atom.Body {
				return r.page()
			}
			if tag == atom.Meta && attributes {
				r.meta(z)
			}
		default:
			titled = false
		}
	}
}

// reader collects what a page says.
type reader struct {
	at                         *url.URL
	charset                    string
	out                        wire.OpenGraph
	title, description, byName string
	images                     []*wire.OpenGraphImage
}

func (r *reader) meta(z *html.Tokenizer) {
	var name, content string
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "property", "name":
			name = strings.ToLower(string(value))
		case "content":
			content = string(value)
		case "charset":
			if r.charset == "" {
				r.charset = string(value)
			}
		}
	}
	r.say(name, content)
}

func (r *reader) say(name, content string) {
	first := func(field *string) {
		if *field == "" {
			*field = content
		}
	}
	switch name {
	case "og:title":
		first(&r.out.Title)
	case "og:description":
		first(&r.out.Description)
	case "og:site_name":
		first(&r.out.SiteName)
	case "og:type":
		first(&r.out.Type)
	case "og:url":
		first(&r.out.URL)
	case "og:locale":
		first(&r.out.Locale)
	case "og:determiner":
		first(&r.out.Determiner)
	case "description", "twitter:description":
		first(&r.description)
	case "twitter:title":
		first(&r.byName)
	case "og:image", "og:image:url", "og:image:secure_url", "og:image:type", "og:image:width", "og:image:height":
		r.image(name, content)
	}
}

// image takes what is said of an image, which begins with its address.
func (r *reader) image(name, content string) {
	last := &wire.OpenGraphImage{}
	if n := len(r.images); n > 0 {
		last = r.images[n-1]
	}
	switch name {
	case "og:image", "og:image:url":
		if address := r.address(content); address != "" && address != last.URL && len(r.images) < mostImages {
			r.images = append(r.images, &wire.OpenGraphImage{URL: address})
		}
	case "og:image:secure_url":
		last.SecureURL = r.address(content)
	case "og:image:type":
		last.Type = r.text(content, longestName)
	case "og:image:width":
		last.Width, _ = strconv.ParseUint(content, 10, 16)
	case "og:image:height":
		last.Height, _ = strconv.ParseUint(content, 10, 16)
	}
}

// page is what was collected, cut to what is shown.
func (r *reader) page() wire.OpenGraph {
	out := r.out
	out.Title = r.text(out.Title, longestTitle)
	for _, other := range []string{r.byName, r.title} {
		if out.Title == "" {
			out.Title = r.text(other, longestTitle)
		}
	}
	if out.Description = r.text(out.Description, longestText); out.Description == "" {
		out.Description = r.text(r.description, longestText)
	}
	for _, name := range []*string{&out.SiteName, &out.Type, &out.Locale, &out.Determiner} {
		*name = r.text(*name, longestName)
	}
	if out.URL = r.address(out.URL); out.URL == "" {
		out.URL = r.at.String()
	}
	out.Images = r.images
	return out
}

// address is an address that is written on the page, in full; nothing where clients should not go there.
func (r *reader) address(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longestURL || !utf8.ValidString(text) {
		return ""
	}
	u, err := r.at.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return ""
	}
	if out := u.String(); len(out) <= longestURL {
		return out
	}
	return ""
}

// text is one line of so many runes at most, without what can't be seen but joins signs. Of what is written in another way than the two usual ones there is none.
func (r *reader) text(raw string, most int) string {
	if !utf8.ValidString(raw) {
		switch strings.ToLower(r.charset) {
		case "iso-8859-1", "latin1", "windows-1252", "us-ascii", "":
			raw = latin(raw)
		case "utf-8", "utf8":
			raw = strings.ToValidUTF8(raw, "\ufffd")
		default:
			return ""
		}
	}
	line := []rune(strings.Join(strings.FieldsFunc(raw, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) && c != '\u200d' }), " "))
	if len(line) > most {
		return string(line[:most-1]) + "\u2026"
	}
	return string(line)
}

// latin reads each byte as the rune of that number.
func latin(raw string) string {
	out := make([]rune, len(raw))
	for i := range len(raw) {
		out[i] = rune(raw[i])
	}
	return string(out)
}
