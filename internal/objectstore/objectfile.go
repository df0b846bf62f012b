package objectstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/versity/versitygw/s3err"
)

// openObject opens an object that exists, or returns S3's NoSuchKey.
func (s *store) openObject(b *bucket, key string) (*sealedFile, error) {
	path, err := objectPath(key)
	if err != nil {
		return nil, err
	}
	bucketKey, err := s.keys.Get(b.record.Key)
	if err != nil {
		return nil, err
	}
	f, err := openSealed(filepath.Join(b.dir, objectsName, path), bucketKey, place("object", b.name, key))
	if notThere(err) {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	return f, err
}

// stage seals src into a temporary file, durably, and returns its path, to be given to publish.
func (s *store) stage(b *bucket, place string, src io.Reader, describe func(size int64) (meta, error)) (string, error) {
	bucketKey, err := s.keys.Get(b.record.Key)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(s.tmp(), "staged-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err = writeSealed(f, bucketKey, place, s.roomFor(src), describe); err == nil {
		err = f.Sync()
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// publish renames a staged file to path below the bucket's directory and makes the name durable. The staged file is gone
// afterwards, also on failure.
func (s *store) publish(b *bucket, staged, path string) error {
	defer os.Remove(staged)
	target := filepath.Join(b.dir, path)
	err := b.rename(staged, target)
	if errors.Is(err, fs.ErrNotExist) {
		err = b.renameIntoNewFolder(staged, target)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(target))
}

func (b *bucket) rename(staged, target string) error {
	b.tree.RLock()
	defer b.tree.RUnlock()
	if b.gone {
		return s3err.GetBucketErr(s3err.ErrNoSuchBucket, b.name)
	}
	return os.Rename(staged, target)
}

func (b *bucket) renameIntoNewFolder(staged, target string) error {
	b.tree.Lock()
	defer b.tree.Unlock()
	if b.gone {
		return s3err.GetBucketErr(s3err.ErrNoSuchBucket, b.name)
	}
	if err := makeDirs(filepath.Dir(target)); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return os.Rename(staged, target)
}

// remove deletes an object's file and the folders that it leaves empty, durably. An absent object is success.
func (b *bucket) remove(path string) error {
	b.tree.Lock()
	defer b.tree.Unlock()
	root := filepath.Join(b.dir, objectsName)
	target := filepath.Join(root, path)
	if err := os.Remove(target); notThere(err) {
		return nil
	} else if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	for dir != root && os.Remove(dir) == nil {
		dir = filepath.Dir(dir)
	}
	return syncDir(dir)
}
