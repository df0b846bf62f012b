package repository

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Repository is a place for backups.
type Repository struct {
	sealed
	indexMost int // chunks that an index names, but for one that names a single pack
}

// indexMost makes an index of some 10 MB.
const indexMost = 1 << 18

// Open needs nothing to be there. Whether the key is the one that backups were made with shows when one is read.
func Open(objects Objects, key [KeySize]byte) (*Repository, error) {
	k, err := derive(key)
	if err != nil {
		return nil, err
	}
	return &Repository{sealed{objects, k}, indexMost}, nil
}

// Backup is one that is being made. It is not for several goroutines.
type Backup struct {
	r       *Repository
	id      string
	known   *index
	packers map[Cut]*packer
	fresh   map[string][]sized // packs that no index names yet
	pending map[name]bool      // chunks that are in no pack yet
	entries []Entry
	added   int64
	lost    bool // packs are gone that hold chunks which nothing else holds
}

// indexEvery is after how many packs they are told of: what was written until then, a backup after one that died finds there.
const indexEvery = 16

// Begin begins a backup. What is in packs that are gone counts as not kept, so that it is written again where it is still to be had. There is none of it before Finish; what it wrote until then is of use to the next one, or goes with the next Sweep.
func (r *Repository) Begin(ctx context.Context, id string) (*Backup, error) {
	if err := checkBackup(id); err != nil {
		return nil, err
	}
	known, _, err := r.loadIndex(ctx)
	if err != nil {
		return nil, err
	}
	b := &Backup{lost: known.forgetLost(), r: r, id: id, known: known, packers: map[Cut]*packer{}, fresh: map[string][]sized{}, pending: map[name]bool{}}
	for cut, size := range cuts {
		b.packers[cut] = &packer{most: size.pack}
	}
	return b, nil
}

// Add reads a stream to its end and keeps it under a name, which is not looked at. More than 64 facts are refused.
func (b *Backup) Add(ctx context.Context, streamName string, cut Cut, from io.Reader, facts map[string]string) (Entry, error) {
	e, err := b.keep(ctx, streamName, cut, from)
	if err != nil {
		return Entry{}, fmt.Errorf("back up %s: %w", streamName, err)
	}
	e.Facts = facts
	if err := e.check(); err != nil {
		return Entry{}, err
	}
	b.entries = append(b.entries, e)
	return e, nil
}

// Again keeps a stream of an earlier backup as it was, without reading it, and reports whether that can be. The backup has to be there still: looked
// for are just the chunks that the entry names itself, not those that are named in these; where packs are gone, such entries are refused.
func (b *Backup) Again(e Entry) bool {
	names, err := e.names()
	if err != nil || b.lost && e.Depth > 0 || slices.ContainsFunc(names, func(n name) bool { _, known := b.known.where[n]; return !known }) {
		return false
	}
	b.entries = append(b.entries, e)
	return true
}

func (b *Backup) keep(ctx context.Context, streamName string, cut Cut, from io.Reader) (Entry, error) {
	sum := sha256.New()
	e := Entry{Name: streamName}
	var list []string
	err := b.r.keys.cutInto(io.TeeReader(from, sum), cut, func(chunk []byte) error {
		n := b.r.keys.nameOf(chunk)
		e.Size += int64(len(chunk))
		list = append(list, n.String())
		return b.pack(ctx, cut, n, chunk)
	})
	e.SHA256 = hex.EncodeToString(sum.Sum(nil))
	for ; err == nil && len(list) > maxInline; e.Depth++ {
		text := strings.Join(list, "\n") + "\n"
		list = nil
		err = b.r.keys.cutInto(strings.NewReader(text), names, func(chunk []byte) error {
			n := b.r.keys.nameOf(chunk)
			list = append(list, n.String())
			return b.pack(ctx, names, n, chunk)
		})
	}
	e.Chunks = list
	return e, err
}

// pack keeps a chunk, unless it is there.
func (b *Backup) pack(ctx context.Context, cut Cut, n name, chunk []byte) error {
	if _, there := b.known.where[n]; there || b.pending[n] {
		return nil
	}
	p := b.packers[cut]
	if err := p.add(n, chunk); err != nil {
		return err
	}
	b.pending[n] = true
	if p.full() {
		return b.write(ctx, p)
	}
	return nil
}

func (b *Backup) write(ctx context.Context, p *packer) error {
	if p.size == 0 {
		return nil
	}
	plain, has, err := p.take()
	if err != nil {
		return err
	}
	id := newID()
	kept, err := b.r.put(ctx, packFolder+id, plain)
	if err != nil {
		return err
	}
	b.added += kept
	b.known.there[id] = true
	b.known.add(id, has)
	b.fresh[id] = has
	for _, c := range has {
		delete(b.pending, c.name)
	}
	if len(b.fresh) >= indexEvery {
		return b.tell(ctx)
	}
	return nil
}

// tell has an index name the packs that none names.
func (b *Backup) tell(ctx context.Context) error {
	if len(b.fresh) == 0 {
		return nil
	}
	kept, err := b.r.put(ctx, indexFolder+newID(), writeIndex(b.fresh))
	if err != nil {
		return err
	}
	b.added += kept
	b.fresh = map[string][]sized{}
	return nil
}

// Finish makes a backup of what was added. It is there, whole, when Finish returns, and was not there before.
func (b *Backup) Finish(ctx context.Context, madeAt time.Time, facts map[string]string) (Manifest, error) {
	slices.SortStableFunc(b.entries, func(a, c Entry) int { return strings.Compare(a.Name, c.Name) })
	m := Manifest{Format: Format, ID: b.id, MadeAt: madeAt.UTC(), Facts: facts, Count: len(b.entries)}
	var list bytes.Buffer
	for _, e := range b.entries {
		line, err := json.Marshal(e)
		if err != nil {
			return Manifest{}, fmt.Errorf("encode an entry: %w", err)
		}
		list.Write(append(line, '\n'))
		m.Size += e.Size
	}
	var err error
	if m.Entries, err = b.keep(ctx, "", Fine, &list); err != nil {
		return Manifest{}, err
	}
	for _, p := range b.packers {
		err = errors.Join(err, b.write(ctx, p))
	}
	if err := errors.Join(err, b.tell(ctx)); err != nil {
		return Manifest{}, err
	}
	m.Added = b.added
	text, err := json.Marshal(m)
	if err != nil {
		return Manifest{}, fmt.Errorf("encode a manifest: %w", err)
	}
	_, err = b.r.put(ctx, backupFolder+b.id, text)
	return m, err
}
