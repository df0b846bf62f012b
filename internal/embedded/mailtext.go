package embedded

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"
)

// header is what net/mail and mime/multipart both call a header.
type header interface{ Get(name string) string }

// deepestPart ends the walk through a message that nests parts without end.
const deepestPart = 8

// readableText returns the plain text of a message, else its HTML source, else nothing.
func readableText(h header, body io.Reader) string {
	plain, html := texts(h, body, 0)
	if plain != "" {
		return plain
	}
	return html
}

func texts(h header, body io.Reader, depth int) (plain, html string) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	switch {
	case strings.HasPrefix(kind, "multipart/") && depth < deepestPart:
		return partTexts(multipart.NewReader(body, params["boundary"]), depth)
	case kind == "text/html":
		return "", decoded(h, body)
	case kind == "text/plain":
		return decoded(h, body), ""
	}
	return "", ""
}

func partTexts(parts *multipart.Reader, depth int) (plain, html string) {
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return plain, html
		}
		p, h := texts(part.Header, part, depth+1)
		if plain == "" {
			plain = p
		}
		if html == "" {
			html = h
		}
	}
}

// decoded shows as much as can be read.
func decoded(h header, body io.Reader) string {
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, _ := io.ReadAll(body)
	return readable(string(text))
}

func readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func decodeHeader(value string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		return value
	}
	return text
}
