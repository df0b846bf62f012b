// Package archive is one encrypted file that holds parts and a manifest of them: a tar stream inside age
// (https://age-encryption.org/v1), the manifest first. It never knows what the parts are for, and never writes one in the
// clear.
package archive

import "time"

// Format is the version of the layout that this package writes.
const Format = 1

// manifestName is the first entry of the tar stream.
const manifestName = "manifest.json"

// Manifest says what an archive holds.
type Manifest struct {
	Format int               `json:"format"`
	MadeAt time.Time         `json:"made_at"`
	Facts  map[string]string `json:"facts"` // what the maker wants to be known before anything is unpacked
	Parts  []Entry           `json:"parts"`
}

// Entry is a part as the manifest has it.
type Entry struct {
	Name   string `json:"name"` // relative, with slashes
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Part is something to be put into an archive.
type Part struct {
	Name string
	Data []byte // where File is empty
	File string // path of a file that doesn't change meanwhile
}
