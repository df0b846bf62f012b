package objectstore

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/versity/versitygw/s3err"
)

const (
	maxKey      = 1024 // bytes, as in S3
	maxSegment  = 254  // bytes: a file name has 255, one is the prefix
	dirPrefix   = "d"
	leafPrefix  = "o"
	objectsName = "objects"
	uploadsName = "uploads"
)

// objectPath is where the object of that key is kept below a bucket's objects folder.
func objectPath(key string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	segments := strings.Split(key, "/")
	last := len(segments) - 1
	for i := range segments[:last] {
		segments[i] = dirPrefix + segments[i]
	}
	segments[last] = leafPrefix + segments[last]
	return filepath.Join(segments...), nil
}

// checkKey refuses what can't be a path here, and what XML can't carry in a listing.
func checkKey(key string) error {
	if key == "" {
		return invalidKey("it is empty")
	}
	if len(key) > maxKey {
		return s3err.GetKeyTooLongErr(int64(len(key)), maxKey)
	}
	if !utf8.ValidString(key) {
		return invalidKey("it is not UTF-8")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff }) {
		return invalidKey("it contains a control character")
	}
	for segment := range strings.SplitSeq(key, "/") {
		if len(segment) > maxSegment {
			return invalidKey("between two slashes at most 254 bytes are possible")
		}
	}
	return nil
}
