package audit

import (
	"encoding/json"

	"github.com/google/uuid"
)

// Archived is a checkpoint or a note as an archive keeps it.
type Archived struct {
	Signed
	// Heads are those of which a checkpoint says something new. Nobody signed them as such; but who has only the archive learns from
	// them whose trail it was that was cut off.
	Heads []ArchivedHead `json:"heads,omitempty"`
}

// ArchivedHead is a head as an archive keeps it.
type ArchivedHead struct {
	Chain uuid.UUID `json:"chain"`
	Count int64     `json:"count"`
	Hash  wireHash  `json:"hash"`
}

// Head is the head itself.
func (h ArchivedHead) Head() Head { return Head{h.Chain, h.Count, h.Hash} }

// AllHeads are what is kept beside a checkpoint, or stands in one of format 1.
func (a Archived) AllHeads() []ArchivedHead {
	var w wirePlain
	if a.Heads == nil && json.Unmarshal(a.Document, &w) == nil {
		return w.Heads
	}
	return a.Heads
}
