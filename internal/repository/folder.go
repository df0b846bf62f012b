package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// Folder keeps a repository in a folder: a copy of a bucket, on a disk.
type Folder struct{ dir string }

// NewFolder uses a folder that is there.
func NewFolder(dir string) *Folder { return &Folder{dir} }

// Put implements Objects.
func (f *Folder) Put(_ context.Context, name string, data []byte) error {
	at := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return err
	}
	return datadir.WriteFile(at, data, 0o600, os.Getuid())
}

// Get implements Objects.
func (f *Folder) Get(_ context.Context, name string, most int64) ([]byte, error) {
	file, err := os.Open(filepath.Join(f.dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var data bytes.Buffer
	if n, err := io.Copy(&data, io.LimitReader(file, most+1)); err != nil || n > most {
		return nil, errors.Join(err, tooLarge(n, most))
	}
	return data.Bytes(), nil
}

func tooLarge(n, most int64) error {
	if n <= most {
		return nil
	}
	return fmt.Errorf("it is of more than %d bytes", most)
}

// Delete implements Objects.
func (f *Folder) Delete(_ context.Context, name string) error {
	if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name))); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List implements Objects. The prefix is a folder and a slash.
func (f *Folder) List(_ context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		files, err := os.ReadDir(filepath.Join(f.dir, filepath.FromSlash(prefix)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(Object{}, err)
			return
		}
		slices.SortFunc(files, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, file := range files {
			info, err := file.Info()
			if strings.HasPrefix(file.Name(), ".") || errors.Is(err, fs.ErrNotExist) { // one that is being written begins so
				continue
			}
			if err != nil {
				yield(Object{}, err)
				return
			}
			if !yield(Object{Name: path.Join(prefix, file.Name()), Size: info.Size()}, nil) {
				return
			}
		}
	}
}
