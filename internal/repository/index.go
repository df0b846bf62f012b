package repository

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// indexFirst is the first line of an index.
const indexFirst = "longhouse index 1"

// index is which chunks are in which packs.
type index struct {
	packs map[string][]sized
	where map[name]place
	there map[string]bool // packs that the store listed; nil: it was not asked
}

// place is where a chunk is.
type place struct {
	pack string
	size int
}

func newIndex() *index { return &index{packs: map[string][]sized{}, where: map[name]place{}} }

// add notes what a pack has. Where a chunk is in two, it is looked for in one that is there.
func (x *index) add(pack string, has []sized) {
	x.packs[pack] = has
	for _, c := range has {
		if other, known := x.where[c.name]; known && x.lost(pack) && !x.lost(other.pack) {
			continue
		}
		x.where[c.name] = place{pack, c.size}
	}
}

// lost reports whether a pack is gone that an index names.
func (x *index) lost(pack string) bool { return x.there != nil && !x.there[pack] }

// forgetLost has the chunks that are in no pack which is there be unknown, and reports whether there are any.
func (x *index) forgetLost() bool {
	all := len(x.where)
	maps.DeleteFunc(x.where, func(_ name, at place) bool { return x.lost(at.pack) })
	return len(x.where) < all
}

// inIndexes are packs by the index that is to name them, in as few as hold most chunks each. The same packs make as many each time.
func inIndexes(packs map[string][]sized, most int) (few []map[string][]sized) {
	chunks := 0
	for _, pack := range slices.Sorted(maps.Keys(packs)) {
		if chunks += len(packs[pack]); few == nil || chunks > most {
			few, chunks = append(few, map[string][]sized{}), len(packs[pack])
		}
		few[len(few)-1][pack] = packs[pack]
	}
	return few
}

// writeIndex is a line for each pack and, behind it, one for each of its chunks.
func writeIndex(packs map[string][]sized) []byte {
	var out bytes.Buffer
	out.WriteString(indexFirst + "\n")
	for pack, has := range packs {
		fmt.Fprintf(&out, "pack %s\n", pack)
		for _, c := range has {
			fmt.Fprintf(&out, "%s %d\n", c.name, c.size)
		}
	}
	return out.Bytes()
}

// parse adds the packs that an index names. Where it is an error, those before it may have been added.
func (x *index) parse(text []byte) error {
	first, rest, _ := strings.Cut(string(text), "\n")
	if first != indexFirst {
		return fmt.Errorf("it begins with %.40q, not with %q", first, indexFirst)
	}
	pack, has := "", []sized(nil)
	for line := range strings.Lines(rest) {
		line, whole := strings.CutSuffix(line, "\n")
		if next, ok := strings.CutPrefix(line, "pack "); ok && whole && validPack(next) {
			if pack != "" {
				x.add(pack, has)
			}
			pack, has = next, nil
			continue
		}
		chunk, length, _ := strings.Cut(line, " ")
		n, ok := parseName(chunk)
		size, err := strconv.Atoi(length)
		if !ok || !whole || err != nil || size < 0 || strconv.Itoa(size) != length || pack == "" {
			return fmt.Errorf("it holds the line %.80q", line)
		}
		has = append(has, sized{n, size})
	}
	if pack != "" {
		x.add(pack, has)
	}
	return nil
}

func validPack(text string) bool { _, ok := parseName(text); return ok }

// newID is one of a pack or an index.
func newID() string {
	var raw [nameSize]byte
	_, _ = rand.Read(raw[:]) // never fails, by its contract
	return hex.EncodeToString(raw[:])
}

// loadIndex reads all there are.
func (s sealed) loadIndex(ctx context.Context) (x *index, names []string, err error) {
	x = newIndex()
	x.there = map[string]bool{}
	for object, err := range s.objects.List(ctx, packFolder) {
		if err != nil {
			return nil, nil, fmt.Errorf("list packs: %w", err)
		}
		x.there[strings.TrimPrefix(object.Name, packFolder)] = true
	}
	for object, err := range s.objects.List(ctx, indexFolder) {
		if err != nil {
			return nil, nil, fmt.Errorf("list indexes: %w", err)
		}
		plain, err := s.get(ctx, object.Name)
		if err != nil {
			return nil, nil, err
		}
		if err := x.parse(plain); err != nil {
			return nil, nil, &Damage{object.Name, err.Error()}
		}
		names = append(names, object.Name)
	}
	return x, names, nil
}
