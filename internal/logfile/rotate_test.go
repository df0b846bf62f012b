package logfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func appender(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// folder is on the file system of the data, where /tmp may be another.
func folder(t *testing.T) (dir string, cuts bool) {
	t.Helper()
	dir = t.TempDir()
	f := appender(t, filepath.Join(dir, "try"))
	if _, err := f.Write(make([]byte, 2*block)); err != nil {
		t.Fatal(err)
	}
	return dir, unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_COLLAPSE_RANGE, 0, block) == nil
}

func size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return b
}

func TestWriterGoesOnAndNothingIsLost(t *testing.T) {
	t.Parallel()
	dir, cuts := folder(t)
	path := filepath.Join(dir, "log")
	f := appender(t, path)
	const lines = 40_000
	limit := Limit{Bytes: 4 * block, Older: 100}
	var writing sync.WaitGroup
	stop := make(chan struct{})
	writing.Go(func() {
		defer close(stop)
		for n := range lines {
			if _, err := fmt.Fprintf(f, "%059d\n", n); err != nil {
				t.Error(err)
			}
			for n%1000 == 0 && size(f) > 6*block { // of what comes faster only the end would be kept
				runtime.Gosched()
			}
		}
	})
	for done := false; !done; {
		select {
		case <-stop:
			done = true
		default:
		}
		if err := Rotate(path, limit); err != nil {
			t.Fatal(err)
		}
	}
	writing.Wait()
	var all []byte
	for n := limit.Older; n >= 1; n-- {
		all = append(all, read(t, fmt.Sprintf("%s.%d", path, n))...)
	}
	if len(all) == 0 {
		t.Fatal("nothing was moved away, so this shows nothing")
	}
	all = append(all, read(t, path)...)
	next := 0
	for line := range strings.Lines(string(all)) {
		var n int
		if _, err := fmt.Sscanf(line, "%d", &n); err != nil || cuts && n != next {
			t.Fatalf("after line %d comes %q", next-1, line)
		}
		next = n + 1
	}
	if next != lines {
		t.Fatalf("the last line is %d of %d", next-1, lines)
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	path := filepath.Join(dir, "log")
	f := appender(t, path)
	limit := Limit{Bytes: 2 * block, Older: 2}
	for range 50 {
		if _, err := f.Write(bytes.Repeat([]byte("x"), block)); err != nil {
			t.Fatal(err)
		}
		if err := Rotate(path, limit); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 3 {
		t.Fatalf("files are %q, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() > limit.Bytes+block {
			t.Errorf("%s has %d bytes, %v", file, info.Size(), err)
		}
	}
	if err := Remove(path, limit); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 0 {
		t.Errorf("left are %q", files)
	}
}

func TestOfALogThatExplodedOnlyTheEndIsKept(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	path := filepath.Join(dir, "log")
	f := appender(t, path)
	if _, err := io.WriteString(f, strings.Repeat("old ", 8*block)+strings.Repeat("new ", block)); err != nil {
		t.Fatal(err)
	}
	if err := Rotate(path, Limit{Bytes: block, Older: 1}); err != nil {
		t.Fatal(err)
	}
	kept := append(read(t, path+".1"), read(t, path)...)
	if len(kept) > 3*block || bytes.Contains(kept, []byte("old")) || !bytes.HasSuffix(kept, []byte("new ")) {
		t.Errorf("kept are %d bytes", len(kept))
	}
}

func TestWhatIsReservedBehindTheEndIsGivenBack(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	path := filepath.Join(dir, "log")
	f := appender(t, path)
	if _, err := io.WriteString(f, "a line\n"); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, 8*block); err != nil {
		t.Fatal(err)
	}
	if err := Rotate(path, Limit{Bytes: block, Older: 1}); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || st.Blocks*512 >= block || string(read(t, path)) != "a line\n" {
		t.Errorf("the log takes %d bytes and says %q, %v", st.Blocks*512, read(t, path), err)
	}
}

func TestLinkInTheLogsPlaceIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "log")
	if err := os.WriteFile(target, make([]byte, 4*block), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	if err := Rotate(path, Limit{Bytes: block, Older: 1}); err == nil {
		t.Error("a link was followed")
	}
	if got := read(t, target); len(got) != 4*block {
		t.Errorf("its target has %d bytes", len(got))
	}
}

func TestShortOrMissingLogIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	path := filepath.Join(dir, "log")
	for range 2 {
		if err := Rotate(path, Limit{Bytes: block, Older: 1}); err != nil {
			t.Fatal(err)
		}
		if files, _ := filepath.Glob(path + ".*"); len(files) != 0 {
			t.Errorf("files are %q", files)
		}
		if err := os.WriteFile(path, make([]byte, block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
