package repository

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// FuzzParseManifest: what is taken is of the id that was asked for, names chunks only, and is written as it was read.
func FuzzParseManifest(f *testing.F) {
	sum := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	f.Add([]byte(`{"format":1,"id":"first","made_at":"2026-11-30T18:00:00Z","entries":{"name":"","size":0,"sha256":"` + sum + `","chunks":[]},"count":0,"size":0,"added":0}`))
	f.Add([]byte(`{"format":1,"id":"first","entries":{"sha256":"` + sum + `","chunks":["00112233445566778899aabbccddeeff"],"depth":3}}`))
	f.Add([]byte(`{"format":2,"id":"other"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest("first", text)
		if err != nil {
			return
		}
		if m.ID != "first" || m.Format != Format || len(m.Entries.Chunks) > maxInline || m.Entries.Depth > maxDepth {
			t.Fatalf("taken is %+v", m)
		}
		again, err := json.Marshal(m)
		if err != nil {
			return // a year that JSON has no place for
		}
		if _, err := ParseManifest("first", again); err != nil {
			t.Fatalf("%s is not taken again: %v", again, err)
		}
	})
}

// FuzzParseEntry: the same of a stream.
func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"name":"database","size":3,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","chunks":["00112233445566778899aabbccddeeff"],"facts":{"a":"b"}}`))
	f.Add([]byte(`{"chunks":["../../x"]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEntry(line)
		if err != nil {
			return
		}
		for _, c := range e.Chunks {
			if _, ok := parseName(c); !ok {
				t.Fatalf("taken is the chunk %q", c)
			}
		}
		again, err := json.Marshal(e)
		if err == nil {
			_, err = ParseEntry(again)
		}
		if err != nil {
			t.Fatalf("%s is not taken again: %v", again, err)
		}
	})
}

// FuzzIndex: an index that is taken says what it says after it was written anew.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("longhouse index 1\npack 00112233445566778899aabbccddeeff\nffeeddccbbaa99887766554433221100 12\n"))
	f.Add([]byte("longhouse index 1\nffeeddccbbaa99887766554433221100 12\n"))
	f.Add([]byte("longhouse index 2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		x := newIndex()
		if x.parse(text) != nil {
			return
		}
		again := newIndex()
		if err := again.parse(writeIndex(x.packs)); err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(x.packs, again.packs, slices.Equal) {
			t.Fatalf("%v became %v", x.packs, again.packs)
		}
	})
}

// FuzzPack: of a pack come only chunks that are what they are called by.
func FuzzPack(f *testing.F) {
	k, err := derive(testKey)
	if err != nil {
		f.Fatal(err)
	}
	p := &packer{}
	for _, chunk := range []string{"one", "another"} {
		if err := p.add(k.nameOf([]byte(chunk)), []byte(chunk)); err != nil {
			f.Fatal(err)
		}
	}
	plain, _, err := p.take()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(plain[:600])
	f.Add(bytes.Replace(plain, []byte("one"), []byte("two"), 1))
	f.Fuzz(func(t *testing.T, plain []byte) {
		chunks, err := k.readPack(plain)
		for n, chunk := range chunks {
			if err == nil && k.nameOf(chunk) != n {
				t.Fatalf("%s is %q", n, chunk)
			}
		}
	})
}

// FuzzObject: what nobody wrote with the key isn't taken.
func FuzzObject(f *testing.F) {
	k, err := derive(testKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("age-encryption.org/v1\n-> X25519 x\n"))
	f.Fuzz(func(t *testing.T, kept []byte) {
		if plain, err := (sealed{keys: k}).open(kept); err == nil {
			t.Fatalf("opened to %q", plain)
		}
	})
}
