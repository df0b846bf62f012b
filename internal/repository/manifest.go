package repository

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Format is the version of the layout that this package writes.
const Format = 1

// Manifest says what a backup is.
type Manifest struct {
	Format  int               `json:"format"`
	ID      string            `json:"id"`
	MadeAt  time.Time         `json:"made_at"`
	Facts   map[string]string `json:"facts,omitempty"` // what whoever made it wants to be known
	Entries Entry             `json:"entries"`         // the list of its streams: an Entry in JSON on each line, in the order of their names
	Count   int               `json:"count"`           // of streams
	Size    int64             `json:"size"`            // of all streams, in bytes
	Added   int64             `json:"added"`           // what had to be written for it, in bytes as they are kept
}

// Entry is a stream: its chunks, one after another. Where there are many chunks, their names are kept in chunks as well.
type Entry struct {
	Name   string            `json:"name"`
	Size   int64             `json:"size"` // bytes
	SHA256 string            `json:"sha256"`
	Chunks []string          `json:"chunks"`
	Depth  int               `json:"depth,omitempty"` // so often, what the chunks hold is the names of chunks, each on a line
	Facts  map[string]string `json:"facts,omitempty"`
}

const (
	// maxInline is how many chunks an entry names itself.
	maxInline = 64
	// maxDepth would do for more than there is.
	maxDepth = 8
	// maxFacts is how many an entry may have.
	maxFacts = 64
)

var (
	validBackup = regexp.MustCompile(`^[a-z0-9_-]{1,80}$`)
	validSum    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// checkBackup refuses an id that is no name for an object.
func checkBackup(id string) error {
	if validBackup.MatchString(id) {
		return nil
	}
	return fmt.Errorf("backup id %.90q is not valid: 1 to 80 of a-z, 0-9, _ and - are allowed", id)
}

// ParseManifest reads the manifest of the backup of this id.
func ParseManifest(id string, plain []byte) (m Manifest, err error) {
	if err := strict(plain, &m); err != nil {
		return Manifest{}, err
	}
	if m.Format != Format {
		return Manifest{}, fmt.Errorf("it has format %d, and this version of Longhouse reads %d", m.Format, Format)
	}
	if m.ID != id {
		return Manifest{}, fmt.Errorf("it is that of %.90q", m.ID)
	}
	if m.Count < 0 || m.Size < 0 || m.Added < 0 {
		return Manifest{}, fmt.Errorf("it has less than nothing: %d streams of %d bytes, of which %d were added", m.Count, m.Size, m.Added)
	}
	return m, m.Entries.check()
}

// ParseEntry reads a line of the list of streams.
func ParseEntry(line []byte) (e Entry, err error) {
	if err := strict(line, &e); err != nil {
		return Entry{}, err
	}
	return e, e.check()
}

// strict refuses what isn't known, so that nothing is restored by half.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("it is no JSON of this version: %w", err)
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("after its end comes %.40q", rest)
	}
	return nil
}

func (e Entry) check() error {
	switch {
	case e.Size < 0, e.Depth < 0, e.Depth > maxDepth, !validSum.MatchString(e.SHA256):
		return fmt.Errorf("stream %.80q has a size, a depth or a SHA-256 that none can have", e.Name)
	case len(e.Chunks) > maxInline:
		return fmt.Errorf("stream %.80q names %d chunks itself, more than %d", e.Name, len(e.Chunks), maxInline)
	case len(e.Facts) > maxFacts:
		return fmt.Errorf("stream %.80q has %d facts, more than %d", e.Name, len(e.Facts), maxFacts)
	}
	_, err := e.names()
	return err
}

// names are the chunks that the entry names itself.
func (e Entry) names() ([]name, error) {
	names := make([]name, len(e.Chunks))
	for i, text := range e.Chunks {
		n, ok := parseName(text)
		if !ok {
			return nil, fmt.Errorf("stream %.80q has the chunk %.40q, which is no name of one", e.Name, text)
		}
		names[i] = n
	}
	return names, nil
}
