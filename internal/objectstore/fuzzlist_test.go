package objectstore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/versity/versitygw/s3response"
)

// FuzzListing: the pages of a list, whatever its prefix, its delimiter and where it begins, are all keys and common prefixes behind that,
// each once, in order, never more at a time than was asked for; and each page's token leads to the next.
func FuzzListing(f *testing.F) {
	f.Add("a\na/b\na-b\na0\na/b/c\na//b\n/\nb/", "", "/", "", 1)
	f.Add("a/b\na/c\nb/d", "a", "/", "a/b", 2)
	f.Add("x\nxx\nxxx\nxyx", "x", "xx", "x", 1)
	f.Add("a/b/c\na/b/d\na/e", "a/", "/", "a/b/", 3)
	f.Add("../x\n.\n./a\n\u00e4/\u00e4", "", "", "\xff", 2)
	f.Add("a\nb", "", "/", "zzz", 0)
	f.Fuzz(func(t *testing.T, keys, prefix, delimiter, after string, most int) {
		dir, err := os.MkdirTemp("/dev/shm", "list-") // in memory: it is about names
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		var want []string
		for _, key := range putKeys(t, dir, keys) {
			if shown := shownAs(key, prefix, delimiter); strings.HasPrefix(key, prefix) && shown > after {
				want = append(want, shown)
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		var got []string
		p := page{prefix: prefix, delimiter: delimiter, after: after, max: 1 + (most&0x7fffffff)%5}
		for {
			listed := p.next(t, dir)
			if got = append(got, listed...); len(listed) > p.max || len(got) > len(want) || p.truncated && (len(listed) != p.max || p.last != listed[len(listed)-1]) {
				t.Fatalf("a page is %q, of %q, and goes on: %t, %q", listed, want, p.truncated, p.last)
			}
			if !p.truncated {
				break
			}
			p = page{prefix: prefix, delimiter: delimiter, after: p.last, max: p.max}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q with prefix %q, delimiter %q, behind %q are %q, want %q", keys, prefix, delimiter, after, got, want)
		}
	})
}

// next fills the page and returns what is on it, in order.
func (p *page) next(t *testing.T, dir string) []string {
	t.Helper()
	err := p.fill(t.Context(), dir, func(key string) (s3response.Object, error) { return s3response.Object{Key: &key}, nil })
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, o := range p.objects {
		shown = append(shown, *o.Key)
	}
	for _, c := range p.prefixes {
		shown = append(shown, *c.Prefix)
	}
	slices.Sort(shown)
	return shown
}

// putKeys makes the files of keys, of which there is one in each line, and returns those that can be keys.
func putKeys(t *testing.T, dir, keys string) (made []string) {
	t.Helper()
	for key := range strings.SplitSeq(keys, "\n") {
		path, err := objectPath(key)
		if err != nil || len(made) == 50 {
			continue
		}
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		made = append(made, key)
	}
	return made
}

// shownAs is the key, or the common prefix that stands for it.
func shownAs(key, prefix, delimiter string) string {
	rest, _ := strings.CutPrefix(key, prefix)
	if before, _, found := strings.Cut(rest, delimiter); found && delimiter != "" {
		return prefix + before + delimiter
	}
	return key
}
