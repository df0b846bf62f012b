package datadir

import (
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile replaces a file as a whole: readers see the old or the new one, also after a crash. As root the file is
// given to owner before it has its name; otherwise owner does not matter.
func WriteFile(path string, data []byte, mode os.FileMode, owner int) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	err = fill(temporary, data, mode, owner)
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

func fill(file *os.File, data []byte, mode os.FileMode, owner int) error {
	if AsRoot() {
		if err := file.Chown(owner, owner); err != nil {
			return err
		}
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
