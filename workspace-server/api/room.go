package api

import (
	"errors"
	"syscall"

	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
)

// noRoom reports that a disk is full: the bucket's, the database's or that of uploads on their way.
func noRoom(err error) bool {
	return files.NoRoom(err) || store.NoRoom(err) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
