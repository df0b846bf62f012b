package accesslog

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
)

// writePieces writes an owner's lines of a day, in their order, each once.
func (s *Store) writePieces(ctx context.Context, below string, list []entry) error {
	slices.SortFunc(list, func(a, b entry) int { return a.key.Compare(b.key) })
	list = slices.CompactFunc(list, func(a, b entry) bool { return a.key == b.key && bytes.Equal(a.text, b.text) })
	for len(list) > 0 {
		n, raw := 0, 0
		for n < len(list) && (n == 0 || raw+len(list[n].text) <= s.pieceRaw) {
			raw += len(list[n].text)
			n++
		}
		var lines, data bytes.Buffer
		for _, e := range list[:n] {
			lines.Write(e.text)
		}
		zip := gzip.NewWriter(&data)
		_, _ = zip.Write(lines.Bytes()) // into memory
		_ = zip.Close()
		sum := sha256.Sum256(lines.Bytes())
		name := fmt.Sprintf("%s%s-%x%s", below, span(list[0].key.At, list[n-1].key.At, raw), sum[:8], pieceSuffix)
		if err := s.put(ctx, name, data.Bytes()); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// unpackPiece returns the lines of an object that writePieces wrote.
func unpackPiece(data []byte, n named) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s is not compressed by gzip", n.name)
	}
	lines, err := io.ReadAll(io.LimitReader(zip, int64(n.raw)+1))
	if err != nil || len(lines) != n.raw {
		return nil, fmt.Errorf("%s does not hold %d bytes of lines", n.name, n.raw)
	}
	return lines, nil
}
