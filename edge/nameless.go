package edge

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// nameless is what the file system said first, without the name of the file: files of the access log have another one each time, and the same
// trouble would be another one each time, and be logged again.
func nameless(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}

// distinct is the text of an error that may be many, each of them once, however many files it is so with.
func distinct(err error) string {
	texts := strings.Split(err.Error(), "\n")
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "; ")
}
