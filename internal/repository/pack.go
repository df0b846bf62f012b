package repository

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// packer gathers chunks until there are enough for a pack.
type packer struct {
	most   int // bytes of chunks
	size   int
	out    bytes.Buffer
	stream *tar.Writer
	has    []sized
}

// sized is a chunk and how long it is.
type sized struct {
	name name
	size int
}

func (p *packer) add(n name, chunk []byte) error {
	if p.stream == nil {
		p.stream = tar.NewWriter(&p.out)
	}
	if err := p.stream.WriteHeader(&tar.Header{Name: n.String(), Size: int64(len(chunk)), Mode: 0o600, Format: tar.FormatUSTAR}); err != nil {
		return fmt.Errorf("pack a chunk: %w", err)
	}
	if _, err := p.stream.Write(chunk); err != nil {
		return fmt.Errorf("pack a chunk: %w", err)
	}
	p.size += len(chunk)
	p.has = append(p.has, sized{n, len(chunk)})
	return nil
}

func (p *packer) full() bool { return p.size >= p.most }

// take returns the pack, and begins the next.
func (p *packer) take() (plain []byte, has []sized, err error) {
	if err := p.stream.Close(); err != nil {
		return nil, nil, fmt.Errorf("end a pack: %w", err)
	}
	plain, has = bytes.Clone(p.out.Bytes()), p.has
	p.out.Reset()
	p.stream, p.has, p.size = nil, nil, 0
	return plain, has, nil
}

// readPack returns the chunks of a pack, each of which is what it is called by.
func (k keys) readPack(plain []byte) (map[name][]byte, error) {
	chunks := map[name][]byte{}
	source := bytes.NewReader(plain)
	for stream := tar.NewReader(source); ; {
		head, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return chunks, nil
		}
		if err != nil {
			return nil, err
		}
		n, ok := parseName(head.Name)
		if !ok || head.Typeflag != tar.TypeReg || len(head.PAXRecords) > 0 || head.Size > int64(source.Len()) {
			return nil, fmt.Errorf("it holds %q of %d bytes, which is no chunk", head.Name, head.Size)
		}
		begin := len(plain) - source.Len()
		chunk := plain[begin : begin+int(head.Size)]
		if k.nameOf(chunk) != n {
			return nil, fmt.Errorf("chunk %s is not what it was", n)
		}
		chunks[n] = chunk
	}
}
