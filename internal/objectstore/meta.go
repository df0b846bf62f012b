package objectstore

import (
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/s3response"
)

// meta is what a sealed file keeps beside its body. An upload's file has no body, only a meta.
type meta struct {
	Size     int64             `json:"size"` // of the plaintext, set by writeSealed
	ETag     string            `json:"etag,omitempty"`
	Modified time.Time         `json:"modified"`
	Headers  headers           `json:"headers,omitzero"`
	User     map[string]string `json:"user,omitempty"`
	Checksum checksum          `json:"checksum,omitzero"`
	// Key is the object that an upload will become.
	Key string `json:"key,omitempty"`
	// Upload is the multipart upload that the object came from.
	Upload string `json:"upload,omitempty"`
}

// headers are the HTTP headers that S3 keeps with an object and gives back.
type headers struct {
	ContentType        string `json:"content_type,omitempty"`
	ContentEncoding    string `json:"content_encoding,omitempty"`
	ContentDisposition string `json:"content_disposition,omitempty"`
	ContentLanguage    string `json:"content_language,omitempty"`
	CacheControl       string `json:"cache_control,omitempty"`
	Expires            string `json:"expires,omitempty"`
}

// check refuses what JSON would change without a word: what a client sent in headers may be any bytes.
func (m meta) check() error {
	h := m.Headers
	texts := []string{h.ContentType, h.ContentEncoding, h.ContentDisposition, h.ContentLanguage, h.CacheControl, h.Expires}
	for name, value := range m.User {
		texts = append(texts, name, value)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return unsupported("headers and metadata that are not UTF-8")
		}
	}
	return nil
}

func headersOfPut(in s3response.PutObjectInput) headers {
	return headers{text(in.ContentType), text(in.ContentEncoding), text(in.ContentDisposition), text(in.ContentLanguage),
		text(in.CacheControl), text(in.Expires)}
}

func headersOfUpload(in s3response.CreateMultipartUploadInput) headers {
	return headers{text(in.ContentType), text(in.ContentEncoding), text(in.ContentDisposition), text(in.ContentLanguage),
		text(in.CacheControl), text(in.Expires)}
}

func headersOfCopy(in s3response.CopyObjectInput) headers {
	return headers{text(in.ContentType), text(in.ContentEncoding), text(in.ContentDisposition), text(in.ContentLanguage),
		text(in.CacheControl), text(in.Expires)}
}

func (m meta) head() *s3.HeadObjectOutput {
	return &s3.HeadObjectOutput{
		AcceptRanges:       ptr("bytes"),
		ContentLength:      &m.Size,
		ETag:               &m.ETag,
		LastModified:       &m.Modified,
		Metadata:           m.User,
		ContentType:        optional(m.Headers.ContentType),
		ContentEncoding:    optional(m.Headers.ContentEncoding),
		ContentDisposition: optional(m.Headers.ContentDisposition),
		ContentLanguage:    optional(m.Headers.ContentLanguage),
		CacheControl:       optional(m.Headers.CacheControl),
		ExpiresString:      optional(m.Headers.Expires),
	}
}

// text is "" for an absent value.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// optional is nil for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func ptr[T any](v T) *T { return &v }
