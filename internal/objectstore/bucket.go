package objectstore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/versity/versitygw/s3err"

	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// bucket is a bucket that exists. Its name, owner and key never change.
type bucket struct {
	name   string
	dir    string
	record bucketRecord

	// tree is held for reading where a name is added below dir, and for writing where a folder is added or removed.
	tree sync.RWMutex
	gone bool // deleted; guarded by tree
}

type bucketRecord struct {
	Owner   string    `json:"owner"`
	Key     string    `json:"key"`
	Created time.Time `json:"created"`
}

var validBucket = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (s *store) loadBuckets() error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "buckets"))
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	s.buckets = make(map[string]*bucket, len(entries))
	for _, e := range entries {
		b := &bucket{name: e.Name(), dir: filepath.Join(s.dir, "buckets", e.Name())}
		if err := readRecord(filepath.Join(b.dir, "bucket.json"), &b.record); err != nil {
			return fmt.Errorf("object store: bucket %s: %w", b.name, err)
		}
		s.buckets[b.name] = b
	}
	return nil
}

// bucket returns the bucket of that name, or S3's NoSuchBucket.
func (s *store) bucket(name *string) (*bucket, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if b, ok := s.buckets[text(name)]; ok {
		return b, nil
	}
	return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucket, text(name))
}

// bucketsOf lists the buckets of one owner, or all for "", by name.
func (s *store) bucketsOf(owner string) []*bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []*bucket{}
	for _, b := range s.buckets {
		if owner == "" || b.record.Owner == owner {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b *bucket) int { return cmp.Compare(a.name, b.name) })
	return out
}

// putBucket makes a bucket and, if need be, its key. It wraps admin.ErrConflict rather than change a bucket that exists.
// A key that has been destroyed is not made again under a bucket that used it.
func (s *store) putBucket(name, owner, key string) error {
	if !validBucket.MatchString(name) || strings.Contains(name, "..") {
		return badRequest("bucket name %q is not valid: 3 to 63 of a-z, 0-9, . and -, no dot or dash at the ends, no two dots together", name)
	}
	if err := checkAccess(owner); err != nil {
		return err
	}
	if err := checkKeyID(key); err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if b, err := s.bucket(&name); err == nil {
		return s.sameBucket(b, owner, key)
	}
	if _, err := s.keys.Create(key); err != nil {
		return err
	}
	b := &bucket{name: name, dir: filepath.Join(s.dir, "buckets", name),
		record: bucketRecord{Owner: owner, Key: key, Created: s.now().UTC()}}
	if err := s.makeBucket(b); err != nil {
		return fmt.Errorf("make bucket %s: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = b
	return nil
}

func (s *store) sameBucket(b *bucket, owner, key string) error {
	if b.record.Owner != owner || b.record.Key != key {
		return fmt.Errorf("%w: bucket %s belongs to %s with key %s, and neither can be changed", admin.ErrConflict, b.name,
			b.record.Owner, b.record.Key)
	}
	_, err := s.keys.Get(key)
	if errors.Is(err, keyring.ErrNotFound) {
		return fmt.Errorf("%w: key %s of bucket %s has been destroyed; delete the bucket first", admin.ErrConflict, key, b.name)
	}
	return err
}

// makeBucket prepares the bucket's directory aside and renames it into place, so that no half of one is ever seen.
func (s *store) makeBucket(b *bucket) error {
	aside, err := os.MkdirTemp(s.tmp(), "bucket-")
	if err != nil {
		return err
	}
	for _, name := range []string{objectsName, uploadsName} {
		if err := makeDirs(filepath.Join(aside, name)); err != nil {
			return err
		}
	}
	if err := writeRecord(s.tmp(), filepath.Join(aside, "bucket.json"), b.record); err != nil {
		return err
	}
	if err := os.Rename(aside, b.dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(b.dir))
}

// deleteBucket removes a bucket with its objects and uploads, unless only an empty one may go. An absent bucket is
// success.
func (s *store) deleteBucket(name string, onlyEmpty bool) error {
	trash, err := s.detachBucket(name, onlyEmpty)
	if err == nil && trash != "" {
		err = os.RemoveAll(trash)
	}
	if err != nil {
		return fmt.Errorf("delete bucket %s: %w", name, err)
	}
	return nil
}

// detachBucket makes the bucket unreachable, durably, and returns what is left to remove.
func (s *store) detachBucket(name string, onlyEmpty bool) (trash string, err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	b, err := s.bucket(&name)
	if err != nil { // there is none
		return "", nil
	}
	b.tree.Lock()
	defer b.tree.Unlock()
	if onlyEmpty {
		if err := b.mustBeEmpty(); err != nil {
			return "", err
		}
	}
	if trash, err = s.discard(b.dir); err != nil {
		return "", err
	}
	b.gone = true
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets, name)
	return trash, nil
}

// mustBeEmpty wraps admin.ErrConflict where the bucket holds an object. The caller holds the tree.
func (b *bucket) mustBeEmpty() error {
	return filepath.WalkDir(filepath.Join(b.dir, objectsName), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			return fmt.Errorf("%w: bucket %s is not empty", admin.ErrConflict, b.name)
		}
		return err
	})
}
