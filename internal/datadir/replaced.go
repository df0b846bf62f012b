package datadir

import (
	"os"
	"regexp"
	"time"
)

var replacedName = regexp.MustCompile(`^replaced-\d{8}T\d{6}Z$`)

// ReplacedAt is the folder to which a restore moves what it replaces.
func (l Layout) ReplacedAt(t time.Time) string {
	return l.path("replaced-" + t.UTC().Format("20060102T150405Z"))
}

// IsReplaced reports whether a name is that of such a folder.
func IsReplaced(name string) bool { return replacedName.MatchString(name) }

// Replaced names the folders that there are, the oldest first.
func (l Layout) Replaced() (names []string) {
	entries, _ := os.ReadDir(l.Root) // without it there are none
	for _, e := range entries {
		if e.IsDir() && IsReplaced(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}
