package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Swept is what a Sweep did.
type Swept struct {
	Packs  int   // that are gone
	Bytes  int64 // that they took
	Moved  int   // chunks that are in another pack now
	Remain int64 // bytes that all packs take
}

// Forget ends a backup; one that isn't there is forgotten. What it alone held stays until the next Sweep.
func (r *Repository) Forget(ctx context.Context, id string) error {
	if err := checkBackup(id); err != nil {
		return err
	}
	return r.objects.Delete(ctx, backupFolder+id)
}

// worthMoving is the part of a pack, in hundredths, below which what is still of use is moved to another one.
const worthMoving = 60

// Sweep removes what no backup needs. It removes nothing where it can't read each backup that there is. A Sweep that was cut short is made
// good by the next. Nobody may read or write meanwhile.
func (r *Repository) Sweep(ctx context.Context) (Swept, error) {
	x, indexes, err := r.loadIndex(ctx)
	if err != nil {
		return Swept{}, err
	}
	used, err := r.used(ctx, x)
	if err != nil {
		return Swept{}, fmt.Errorf("look what backups need, and so remove nothing: %w", err)
	}
	s := &sweep{r: r, used: used, keep: map[string][]sized{}, packer: packer{most: cuts[Coarse].pack}}
	if err := s.sort(ctx, x); err != nil {
		return Swept{}, err
	}
	if few := inIndexes(s.keep, r.indexMost); s.changed || len(few) != len(indexes) {
		if err := r.reindex(ctx, few, indexes); err != nil {
			return Swept{}, err
		}
	}
	return s.remove(ctx)
}

// sweep is one that goes on.
type sweep struct {
	r       *Repository
	used    map[name]bool
	keep    map[string][]sized // the packs that stay
	packer  packer
	moved   int
	changed bool
}

// sort decides about each pack, and moves what is worth it.
func (s *sweep) sort(ctx context.Context, x *index) error {
	for pack, has := range x.packs {
		var all, of int
		var wanted []sized
		for _, c := range has {
			all += c.size
			if s.used[c.name] && x.where[c.name].pack == pack {
				of += c.size
				wanted = append(wanted, c)
			}
		}
		switch {
		case len(wanted) > 0 && (x.lost(pack) || of*100 >= all*worthMoving): // what is lost stays named, so that who needs it can say what is missing
			s.keep[pack] = has
			continue
		case len(wanted) > 0:
			if err := s.move(ctx, pack, wanted); err != nil {
				return err
			}
		}
		s.changed = true
	}
	if s.packer.size == 0 {
		return nil
	}
	return s.write(ctx)
}

func (s *sweep) move(ctx context.Context, pack string, wanted []sized) error {
	chunks, err := s.r.openPack(ctx, pack)
	if err != nil {
		return err
	}
	for _, c := range wanted {
		chunk, ok := chunks[c.name]
		if !ok {
			return &Damage{packFolder + pack, fmt.Sprintf("chunk %s is not in it", c.name)}
		}
		if err := s.packer.add(c.name, chunk); err != nil {
			return err
		}
		s.moved++
		if s.packer.full() {
			if err := s.write(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sweep) write(ctx context.Context) error {
	plain, has, err := s.packer.take()
	if err != nil {
		return err
	}
	id := newID()
	if _, err := s.r.put(ctx, packFolder+id, plain); err != nil {
		return err
	}
	s.keep[id] = has
	return nil
}

// reindex has an index for each of these instead of others. In between all are right.
func (r *Repository) reindex(ctx context.Context, few []map[string][]sized, others []string) error {
	for _, packs := range few {
		if _, err := r.put(ctx, indexFolder+newID(), writeIndex(packs)); err != nil {
			return err
		}
	}
	for _, other := range others {
		if err := r.objects.Delete(ctx, other); err != nil {
			return fmt.Errorf("delete %s: %w", other, err)
		}
	}
	return nil
}

// remove removes all packs that no index names.
func (s *sweep) remove(ctx context.Context) (done Swept, err error) {
	done.Moved = s.moved
	var gone []string
	for object, err := range s.r.objects.List(ctx, packFolder) {
		if err != nil {
			return done, fmt.Errorf("list packs: %w", err)
		}
		if _, stays := s.keep[strings.TrimPrefix(object.Name, packFolder)]; stays {
			done.Remain += object.Size
			continue
		}
		gone = append(gone, object.Name)
		done.Bytes += object.Size
	}
	for _, name := range gone {
		if err := s.r.objects.Delete(ctx, name); err != nil {
			return done, fmt.Errorf("delete %s: %w", name, err)
		}
		done.Packs++
	}
	return done, nil
}

// used are the chunks that backups need.
func (r *Repository) used(ctx context.Context, x *index) (map[name]bool, error) {
	ids, err := r.Backups(ctx)
	if err != nil {
		return nil, err
	}
	reader := &Reader{r: r, index: x, packs: newShelf()}
	used := map[name]bool{}
	for _, id := range ids {
		m, err := r.Manifest(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := reader.use(ctx, m.Entries, used); err != nil {
			return nil, err
		}
		for e, err := range reader.Entries(ctx, m) {
			if err == nil {
				err = reader.use(ctx, e, used)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return used, nil
}

// use marks the chunks of a stream, and those that hold their names.
func (r *Reader) use(ctx context.Context, e Entry, used map[name]bool) error {
	next, err := r.namesOf(ctx, e, func(n name) { used[n] = true })
	if err != nil {
		return err
	}
	for {
		n, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read which chunks %s has: %w", e.Name, err)
		}
		if _, there := r.index.where[n]; !there {
			return lost(n)
		}
	}
}
