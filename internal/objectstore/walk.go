package objectstore

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// walker visits a bucket's keys in S3's order, which is that of their bytes.
type walker struct {
	prefix string // only keys that begin with it
	after  string // only keys greater than it
	skip   string // no keys that begin with it; visit may set it to leave a folder
	visit  func(key string) error
}

// errEnough stops a walk.
var errEnough = errors.New("enough")

type walkEntry struct {
	name string // a segment of a key, with a slash behind it for a folder
	file string
}

// walk visits the keys in dir, all of which begin with at.
func (w *walker) walk(dir, at string) error {
	entries, err := readEntries(dir)
	if notThere(err) { // pruned meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		key := at + e.name
		if w.skip != "" && strings.HasPrefix(key, w.skip) {
			continue
		}
		if strings.HasSuffix(e.name, "/") && e.file[:1] == dirPrefix {
			if w.mayHold(key) {
				err = w.walk(filepath.Join(dir, e.file), key)
			}
		} else if key > w.after && strings.HasPrefix(key, w.prefix) {
			err = w.visit(key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayHold is false for a folder whose keys are all outside of prefix or not greater than after.
func (w *walker) mayHold(folder string) bool {
	inPrefix := strings.HasPrefix(folder, w.prefix) || strings.HasPrefix(w.prefix, folder)
	return inPrefix && (folder > w.after || strings.HasPrefix(w.after, folder))
}

// readEntries returns what is in dir in the order of the keys. A folder "a/" comes after "a-b" and before "a0".
func readEntries(dir string) ([]walkEntry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	entries := make([]walkEntry, 0, len(found))
	for _, d := range found {
		entries = append(entries, entryOf(d))
	}
	slices.SortFunc(entries, func(a, b walkEntry) int { return cmp.Compare(a.name, b.name) })
	return entries, nil
}

func entryOf(d fs.DirEntry) walkEntry {
	name := d.Name()[1:]
	if d.IsDir() {
		name += "/"
	}
	return walkEntry{name: name, file: d.Name()}
}
