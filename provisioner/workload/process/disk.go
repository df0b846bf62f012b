package process

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/longhouse-dev/longhouse/internal/logfile"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// saved is the wish for one instance, in desired.json. Once removed it is a tombstone, which keeps of Desired only
// the id, the generation and the grace.
type saved struct {
	Desired   workload.Desired `json:"desired"`
	SocketDir string           `json:"socket_dir"` // its folder's name under run/
	RemovedAt time.Time        `json:"removed_at,omitzero"`
}

// started is the process of an instance, in process.json.
type started struct {
	Record    proc.Record `json:"record"`
	Runs      string      `json:"runs"` // fingerprint of the description that it was started from
	StartedAt time.Time   `json:"started_at"`
	Restarts  int         `json:"restarts"`

	Broker *workload.Broker `json:"broker,omitzero"` // of that description
}

func (s saved) removed() bool { return !s.RemovedAt.IsZero() }

func (s saved) tombstone(generation int64, now time.Time) saved {
	s.Desired = workload.Desired{ID: s.Desired.ID, Generation: generation, DrainGrace: s.Desired.DrainGrace}
	s.RemovedAt = now
	return s
}

// fingerprint is the same for two descriptions that run the same thing, whatever their generation and grace.
func fingerprint(d workload.Desired) string {
	d.Generation, d.DrainGrace = 0, 0
	b, err := json.Marshal(d) // maps come out sorted
	if err != nil {
		panic(err) // numbers and strings only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (c Config) saveDesired(s saved) error {
	dir := c.instanceDir(s.Desired.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return save(filepath.Join(dir, "desired.json"), s)
}

func (c Config) saveStarted(id string, s started) error {
	return save(filepath.Join(c.instanceDir(id), "process.json"), s)
}

func (c Config) forgetStarted(id string) error {
	err := os.Remove(filepath.Join(c.instanceDir(id), "process.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (c Config) loadDesired(id string) (s saved, err error) {
	err = load(filepath.Join(c.instanceDir(id), "desired.json"), &s)
	if err == nil && (s.Desired.ID != id || s.SocketDir == "") {
		err = fmt.Errorf("it describes %q in socket folder %q", s.Desired.ID, s.SocketDir)
	}
	return s, err
}

func (c Config) loadStarted(id string) (s started, err error) {
	err = load(filepath.Join(c.instanceDir(id), "process.json"), &s)
	return s, err
}

// forget removes the last of an instance: its tombstone and its log.
func (c Config) forget(id string) error {
	return errors.Join(os.RemoveAll(c.instanceDir(id)), logfile.Remove(c.logFile(id), logfile.Default))
}

func load(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// save replaces the file as a whole and is done when that survives a power cut.
func save(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
