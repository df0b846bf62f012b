package repository

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"
)

// Backups lists the ids of all that there are, in order.
func (r *Repository) Backups(ctx context.Context) (ids []string, err error) {
	for object, err := range r.objects.List(ctx, backupFolder) {
		if err != nil {
			return nil, fmt.Errorf("list backups: %w", err)
		}
		ids = append(ids, strings.TrimPrefix(object.Name, backupFolder))
	}
	return ids, nil
}

// Manifest returns that of a backup, ErrNotFound where there is none, ErrWrongKey, or a *Damage.
func (r *Repository) Manifest(ctx context.Context, id string) (Manifest, error) {
	if err := checkBackup(id); err != nil {
		return Manifest{}, err
	}
	plain, err := r.get(ctx, backupFolder+id)
	if err != nil {
		return Manifest{}, err
	}
	m, err := ParseManifest(id, plain)
	if err != nil {
		return Manifest{}, &Damage{backupFolder + id, err.Error()}
	}
	return m, nil
}

// Reader reads what is in a repository. It knows what was there when it was made, and is not for several goroutines.
type Reader struct {
	r     *Repository
	index *index
	packs *shelf
}

// Reader returns one.
func (r *Repository) Reader(ctx context.Context) (*Reader, error) {
	x, _, err := r.loadIndex(ctx)
	if err != nil {
		return nil, err
	}
	return &Reader{r: r, index: x, packs: newShelf()}, nil
}

// Entries are the streams of a backup, in the order of their names.
func (r *Reader) Entries(ctx context.Context, m Manifest) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		list := bufio.NewReader(r.Open(ctx, m.Entries))
		for count := 0; ; count++ {
			line, err := list.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				if count != m.Count {
					yield(Entry{}, &Damage{backupFolder + m.ID, fmt.Sprintf("it has %d streams, and its manifest says %d", count, m.Count)})
				}
				return
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			e, err := ParseEntry(line)
			if err != nil {
				err = &Damage{backupFolder + m.ID, err.Error()}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Open reads a stream. What it returns before io.EOF may turn out not to be what was kept: its end comes only after all was compared.
func (r *Reader) Open(ctx context.Context, e Entry) io.Reader {
	next, err := r.namesOf(ctx, e, func(name) {})
	return &stream{of: e, from: &chunks{r: r, ctx: ctx, next: next}, sum: sha256.New(), err: err}
}

// namesOf returns the chunks of a stream, one after another, and then io.EOF. It tells of each that it comes across, also of those that
// hold names.
func (r *Reader) namesOf(ctx context.Context, e Entry, tell func(name)) (next func() (name, error), err error) {
	names, err := e.names()
	if err != nil {
		return nil, err
	}
	next = func() (n name, err error) {
		if len(names) == 0 {
			return n, io.EOF
		}
		n, names = names[0], names[1:]
		tell(n)
		return n, nil
	}
	for range e.Depth {
		listed := namesIn(&chunks{r: r, ctx: ctx, next: next})
		next = func() (n name, err error) {
			if n, err = listed(); err == nil {
				tell(n)
			}
			return n, err
		}
	}
	return next, nil
}

// namesIn reads names of chunks, each on a line.
func namesIn(from io.Reader) func() (name, error) {
	lines := bufio.NewReader(from)
	return func() (n name, err error) {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return n, io.EOF
		}
		n, ok := parseName(string(bytes.TrimSuffix(line, []byte("\n"))))
		if !ok && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull)) {
			return n, fmt.Errorf("a list of chunks has the line %.40q", line)
		}
		return n, err
	}
}

// chunks are one after another.
type chunks struct {
	r    *Reader
	ctx  context.Context //nolint:containedctx // io.Reader has no room for one
	next func() (name, error)
	left []byte
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	for len(c.left) == 0 {
		n, err := c.next()
		if err != nil {
			return 0, err
		}
		if c.left, err = c.r.chunk(c.ctx, n); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}

// stream is what an entry stands for.
type stream struct {
	of   Entry
	from io.Reader
	sum  hash.Hash
	size int64
	err  error
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.from.Read(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	if errors.Is(err, io.EOF) && (s.size != s.of.Size || hex.EncodeToString(s.sum.Sum(nil)) != s.of.SHA256) {
		err = &Damage{"stream " + s.of.Name, fmt.Sprintf("its %d bytes are not the %d that were backed up", s.size, s.of.Size)}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read %s: %w", s.of.Name, err)
	}
	s.err = err
	return n, err
}

// chunk returns one, which is what it is called by.
func (r *Reader) chunk(ctx context.Context, n name) ([]byte, error) {
	at, ok := r.index.where[n]
	if !ok {
		return nil, lost(n)
	}
	pack, ok := r.packs.get(at.pack)
	if !ok {
		var err error
		if pack, err = r.r.openPack(ctx, at.pack); err != nil {
			return nil, err
		}
		r.packs.put(at.pack, pack)
	}
	chunk, ok := pack[n]
	if !ok {
		return nil, &Damage{packFolder + at.pack, fmt.Sprintf("chunk %s is not in it", n)}
	}
	return chunk, nil
}

func lost(n name) error { return &Damage{"chunk " + n.String(), "no index says where it is"} }

func (s sealed) openPack(ctx context.Context, id string) (map[name][]byte, error) {
	plain, err := s.get(ctx, packFolder+id)
	if errors.Is(err, ErrNotFound) {
		return nil, &Damage{packFolder + id, "it is gone"}
	}
	if err != nil {
		return nil, err
	}
	pack, err := s.keys.readPack(plain)
	if err != nil {
		return nil, &Damage{packFolder + id, err.Error()}
	}
	return pack, nil
}
