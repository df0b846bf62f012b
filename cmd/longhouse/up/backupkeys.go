package up

import (
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/archive"
)

// namedKeys are the keys of object stores that the rows of a snapshot name.
type namedKeys struct {
	needed    []string // of this machine's cell: without them what is in use is lost
	unsettled []string // of this machine's cell: they may not be there yet, or not any more
	elsewhere []string // cells whose stores, with their keyrings, are looked after by somebody else
}

// lacking are those of the names that are not among the parts.
func lacking(names []string, parts []archive.Part) []string {
	return slices.DeleteFunc(slices.Clone(names), func(key string) bool {
		return slices.ContainsFunc(parts, func(p archive.Part) bool { return p.Name == partStoreKeys+key })
	})
}

// facts tell whoever restores what the backup has no keys for.
func (k namedKeys) facts(parts []archive.Part) map[string]string {
	return map[string]string{factMissing: strings.Join(lacking(k.unsettled, parts), " "), factElsewhere: strings.Join(k.elsewhere, " ")}
}
