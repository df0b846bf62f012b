package repository

import (
	"errors"
	"fmt"
	"io"

	"github.com/restic/chunker"
)

// Cut is how a stream is cut into chunks.
type Cut string

const (
	// Fine is for streams that change here and there, as a database's dump: chunks of 1.3 KiB, so that a row that changed has little else kept
	// again.
	Fine Cut = "fine"
	// Coarse is for what changes as a whole, or at its end, as files do: chunks of 1.3 MiB.
	Coarse Cut = "coarse"
	// names is for lists of chunks, of which a change of one chunk changes one name: chunks of ten names.
	names Cut = "names"
)

// sizes are those of chunks and packs.
type sizes struct {
	bits        int // of the hash that is looked at, so that there is a cut in 2^bits bytes
	least, most uint
	pack        int // bytes of chunks after which a pack is full
}

var cuts = map[Cut]sizes{
	Fine:   {bits: 10, least: 256, most: 8 << 10, pack: 2 << 20},
	names:  {bits: 8, least: 128, most: 2 << 10, pack: 2 << 20},
	Coarse: {bits: 20, least: 256 << 10, most: 4 << 20, pack: 16 << 20},
}

// cutInto calls use with each chunk of a stream, which is good until it returns.
func (k keys) cutInto(from io.Reader, cut Cut, use func(chunk []byte) error) error {
	size := cuts[cut]
	c := chunker.NewWithBoundaries(from, k.cuts, size.least, size.most)
	c.SetAverageBits(size.bits)
	space := make([]byte, size.most)
	for {
		chunk, err := c.Next(space)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what is backed up: %w", err)
		}
		if err := use(chunk.Data); err != nil {
			return err
		}
	}
}
