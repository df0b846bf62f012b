package controlplane

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

const (
	cursorPrefix = "cur"
	// sealSize is in bytes. It has to tell lists apart; whoever makes up a cursor gains nothing, as a cursor is a place in a list that
	// its user may read anyway.
	sealSize = 8
)

// listName tells a list from all others: by whose it is, and what was asked to be in it.
func listName(at url.URL) string {
	asked := at.Query()
	asked.Del("cursor")
	asked.Del("limit")
	return at.Path + "?" + asked.Encode()
}

// showCursor returns the place behind an item of the list.
func showCursor(list string, item uuid.UUID) string {
	place := id.Show(cursorPrefix, item)
	return place + "_" + cursorSeal(list, place)
}

// readCursor returns the item behind which the place is, if the list gave the cursor out. The item may be gone since.
func readCursor(list, cursor string) (uuid.UUID, bool) {
	end := strings.LastIndexByte(cursor, '_')
	if end < 0 || cursor[end+1:] != cursorSeal(list, cursor[:end]) {
		return uuid.Nil, false
	}
	item, err := id.Parse(cursorPrefix, cursor[:end])
	return item, err == nil
}

func cursorSeal(list, place string) string {
	sum := sha256.Sum256([]byte(place + " of " + list))
	return hex.EncodeToString(sum[:sealSize])
}
