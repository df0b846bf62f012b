package objectstore

import (
	"bufio"
	"errors"
	"io"
	"sync"

	"github.com/minio/sio"
)

// copyBuffers hold four whole encrypted segments, so that sio seals straight into them.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 4*(segment+32)); return &b }}

// bodyReader counts a request's body and tells an early end apart from an end: to both io.ReadFull and sio,
// io.ErrUnexpectedEOF would look like a complete body.
type bodyReader struct {
	src  io.Reader
	size int64
}

func (r *bodyReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.size += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errTruncated
	}
	return n, err
}

// open returns length bytes of the plaintext from offset. The first segment has been authenticated when it returns, so
// damage at the start is an error here; damage further on is an error of Read, before a byte of that segment is given
// out. Closing the result closes the file.
func (s *sealedFile) open(offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return &plaintext{Reader: eof{}, file: s}, nil
	}
	first := offset / segment
	start, err := encryptedSize(first * segment)
	if err != nil {
		return nil, err
	}
	end, err := encryptedSize(s.meta.Size)
	if err != nil {
		return nil, err
	}
	cfg := bodyConfig(s.bodyKey)
	cfg.SequenceNumber = uint32(first)
	dec, err := sio.DecryptReader(io.NewSectionReader(s.file, start, end-start), cfg)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, dec, offset%segment); err != nil {
		return nil, damagedBody(err)
	}
	buffered := bufio.NewReaderSize(io.LimitReader(dec, length), int(min(length, segment)))
	if _, err := buffered.Peek(1); err != nil {
		return nil, damagedBody(err)
	}
	return &plaintext{Reader: buffered, file: s}, nil
}

func encryptedSize(plain int64) (int64, error) {
	n, err := sio.EncryptedSize(uint64(plain))
	return int64(n), err
}

type plaintext struct {
	io.Reader
	file *sealedFile
}

func (p *plaintext) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damagedBody(err)
	}
	return n, err
}

func (p *plaintext) Close() error { return p.file.Close() }

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// damagedBody turns what sio says of a body that does not authenticate, or is cut, into errDamaged.
func damagedBody(err error) error {
	var bad sio.Error
	if errors.As(err, &bad) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged
	}
	return err
}
