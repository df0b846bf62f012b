package up

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// Replaced is a folder with what a restore has replaced: a whole control plane, with all its keys and passwords.
type Replaced struct {
	Folder string `json:"folder"`
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
}

// FindReplaced measures one by its name in the data directory.
func FindReplaced(layout datadir.Layout, name string) (r Replaced, err error) {
	path := filepath.Join(layout.Root, name)
	if info, err := os.Lstat(path); !datadir.IsReplaced(name) || err != nil || !info.IsDir() {
		return r, fmt.Errorf("%s has no folder %q that a restore has made: there are %v", layout.Root, name, layout.Replaced())
	}
	r.Folder = path
	err = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			r.Files, r.Bytes = r.Files+1, r.Bytes+info.Size()
		}
		return err
	})
	if err != nil {
		return r, fmt.Errorf("look through %s: %w", path, err)
	}
	return r, nil
}

// Discard removes it for good. The audit trail is told first: where that can't be, nothing is removed.
func (r Replaced) Discard(ctx context.Context, layout datadir.Layout, reason string, log *slog.Logger) error {
	domain, err := (&machine{layout: layout, log: log}).openDomain(ctx)
	if err == nil {
		defer domain.close()
		err = domain.DiscardedReplaced(ctx, filepath.Base(r.Folder), reason)
	}
	if err != nil {
		return fmt.Errorf("nothing was removed, as the audit trail can't be told; is `longhouse up` running? %w", err)
	}
	if err := os.RemoveAll(r.Folder); err != nil {
		return fmt.Errorf("remove what a restore has replaced: %w", err)
	}
	return nil
}
