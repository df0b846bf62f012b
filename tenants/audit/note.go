package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"
)

// Restore notes that the database became that of a backup, in which a checkpoint was the last: those that came after it until
// then are lost, and no sign of tampering.
type Restore struct {
	At     time.Time // to the microsecond, UTC
	Backup time.Time // when the backup was made
	Number int64     // of the last checkpoint that the backup has; 0: none
	Sum    [sha256.Size]byte
}

type wireRestore struct {
	heading
	At     time.Time `json:"at"`
	Backup time.Time `json:"backup_at"`
	Number int64     `json:"number"`
	Sum    wireHash  `json:"sum"`
}

// Sign writes the note down.
func (r Restore) Sign(key ed25519.PrivateKey) (Signed, error) {
	return sign(wireRestore{heading{Format, OfRestore}, r.At, r.Backup, r.Number, r.Sum}, key)
}

// OpenRestore checks the signature and returns what it stands under.
func OpenRestore(s Signed, key ed25519.PublicKey) (Restore, error) {
	var w wireRestore
	if err := s.read(key, OfRestore, &w); err != nil {
		return Restore{}, err
	}
	return Restore{w.At, w.Backup, w.Number, w.Sum}, nil
}

// Lost reports whether the restore lost a checkpoint.
func (r Restore) Lost(c Checkpoint) bool { return c.Number > r.Number && !c.At.After(r.At) }

// String says what was restored, in a sentence.
func (r Restore) String() string {
	return fmt.Sprintf("at %s the control plane was restored from a backup of %s, whose last checkpoint was number %d",
		r.At.Format(time.RFC3339), r.Backup.Format(time.RFC3339), r.Number)
}
