package provisioner

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// newArchive is an empty one in a store of its own.
func newArchive(t *testing.T) *Archive {
	t.Helper()
	return NewArchive(cellStore(t, "archive"), CellOwner, cellSecret)
}

// watched is the archive, read only where the function returns nil.
func watched(archive *Archive, read func(name string) error) *Archive {
	look := middleware.InitializeMiddlewareFunc("look", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, m middleware.Metadata, err error) {
		if get, is := in.Parameters.(*s3.GetObjectInput); is {
			if err := read(*get.Key); err != nil {
				return out, m, err
			}
		}
		return next.HandleInitialize(ctx, in)
	})
	return &Archive{bucket: archive.bucket, client: s3.New(archive.client.Options(), func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Initialize.Add(look, middleware.Before) })
	})}
}

func signedCheckpoint(t *testing.T, number, chains int64) audit.Signed {
	t.Helper()
	signed, err := audit.Checkpoint{Number: number, Chains: chains}.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// kept is everything in an archive, by its name.
func kept(t *testing.T, archive *Archive) map[string]audit.Signed {
	t.Helper()
	all := map[string]audit.Signed{}
	err := archive.Kept(t.Context(), func(name string, signed audit.Signed) error {
		all[name] = signed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNoArchivedCheckpointIsOverwritten: who cuts a trail off, and its last checkpoints with it, has the next one get their number.
func TestNoArchivedCheckpointIsOverwritten(t *testing.T) {
	t.Parallel()
	archive := newArchive(t)
	var sums [][32]byte
	for i := range int64(3) {
		signed := signedCheckpoint(t, 2, i)
		for range 2 { // after a crash the same is archived again
			if err := archive.Keep(t.Context(), 2, audit.Archived{Signed: signed}); err != nil {
				t.Fatal(err)
			}
		}
		sums = append(sums, signed.Sum())
	}
	all := slices.Collect(maps.Values(kept(t, archive)))
	if len(all) != len(sums) {
		t.Fatalf("%d checkpoints are kept", len(all))
	}
	for _, sum := range sums {
		if !slices.ContainsFunc(all, func(s audit.Signed) bool { return s.Sum() == sum }) {
			t.Error("one is gone")
		}
	}
}

func TestAnArchiveKeepsHeadsAndNotesOfRestores(t *testing.T) {
	t.Parallel()
	archive := newArchive(t)
	heads := []audit.ArchivedHead{{Chain: uuid.New(), Count: 7, Hash: [32]byte{1}}}
	note, err := audit.Restore{Number: 1}.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	for range 2 {
		err = errors.Join(err, archive.Keep(t.Context(), 1, audit.Archived{Signed: signedCheckpoint(t, 1, 1), Heads: heads}), archive.KeepRestore(t.Context(), note))
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := archive.Heads(t.Context(), checkpointName(1))
	if err != nil || !slices.Equal(got, heads) {
		t.Errorf("%+v, %v", got, err)
	}
	all := kept(t, archive)
	if len(all) != 2 || !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(s audit.Signed) bool { return s.Sum() == note.Sum() }) {
		t.Errorf("%v", all)
	}
}

// TestAnArchiveIsReadOnce, but for what changed: it grows by a checkpoint every hour, and each report reads it.
func TestAnArchiveIsReadOnce(t *testing.T) {
	t.Parallel()
	archive := newArchive(t)
	const many = 40
	for i := range int64(many) {
		if err := archive.Keep(t.Context(), i+1, audit.Archived{Signed: signedCheckpoint(t, i+1, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	large := signedCheckpoint(t, many+1, 1)
	large.Document = append(large.Document, bytes.Repeat([]byte(" "), rememberedMost)...)
	if err := archive.Keep(t.Context(), many+1, audit.Archived{Signed: large}); err != nil {
		t.Fatal(err)
	}
	var gets atomic.Int32
	memory := &ArchiveMemory{}
	counted := watched(archive, func(string) error { gets.Add(1); return nil }).Remembering(memory)
	read := func(want int, objects int) map[string]audit.Signed {
		t.Helper()
		gets.Store(0)
		all := kept(t, counted)
		if int(gets.Load()) != want || len(all) != objects {
			t.Errorf("%d objects, of which %d were read, want %d of %d", len(all), gets.Load(), want, objects)
		}
		return all
	}
	read(many+1, many+1)
	read(1, many+1) // the large one
	name, changed := checkpointName(3), signedCheckpoint(t, 3, 2)
	data, err := json.Marshal(audit.Archived{Signed: changed})
	if err == nil {
		_, err = archive.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &archive.bucket, Key: &name, Body: bytes.NewReader(data)})
	}
	if err == nil {
		gone := checkpointName(4)
		_, err = archive.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &archive.bucket, Key: &gone})
	}
	if err != nil {
		t.Fatal(err)
	}
	if all := read(2, many); all[name].Sum() != changed.Sum() {
		t.Error("a checkpoint that was changed is remembered as it was")
	}
	if n := len(memory.known); n != many-1 {
		t.Errorf("%d are remembered", n)
	}
}

func TestWhatCanBeReadOfAnArchiveIsHandedOver(t *testing.T) {
	t.Parallel()
	archive := newArchive(t)
	for i := range int64(3) {
		if err := archive.Keep(t.Context(), i+1, audit.Archived{Signed: signedCheckpoint(t, i+1, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	broken := watched(archive, func(name string) error {
		if name == checkpointName(2) {
			return errors.New("the disk can't be read")
		}
		return nil
	})
	var names []string
	err := broken.Kept(t.Context(), func(name string, _ audit.Signed) error {
		names = append(names, name)
		return nil
	})
	if err == nil || !slices.Equal(names, []string{checkpointName(1), checkpointName(3)}) {
		t.Errorf("%v, %v", names, err)
	}
}

// objectNames are those of the objects below a folder.
func objectNames(t *testing.T, archive *Archive, folder string) (names []string) {
	t.Helper()
	list, err := archive.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &archive.bucket, Prefix: &folder})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range list.Contents {
		names = append(names, *object.Key)
	}
	return names
}
