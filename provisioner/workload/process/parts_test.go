package process

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// processStatus gives /proc/PID/status by field.
func processStatus(t *testing.T, pid int) map[string]string {
	t.Helper()
	b, err := os.ReadFile("/proc/" + itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields
}

func TestSocketFoldersDontCollide(t *testing.T) {
	t.Parallel()
	first, err := socketDirName("in_x", func(string) bool { return false })
	if err != nil || len(first) != 8 {
		t.Fatalf("name = %q, %v", first, err)
	}
	second, err := socketDirName("in_x", func(name string) bool { return name == first })
	if err != nil || second == first || len(second) != 8 {
		t.Fatalf("name = %q, %v", second, err)
	}
	if _, err := socketDirName("in_x", func(string) bool { return true }); err == nil {
		t.Fatal("a taken name was given")
	}
}

func TestBinaryIsReadAgainOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	b := binaries{seen: map[identity]string{}}
	path := t.TempDir() + "/x"
	write := func(text string) string {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		sum, err := b.digest(path)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	one := write("1")
	if again, err := b.digest(path); err != nil || again != one || len(b.seen) != 1 {
		t.Fatalf("read again: %v", err)
	}
	if two := write("22"); two == one || len(b.seen) != 2 {
		t.Fatal("a change went unnoticed")
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.digest(path); err == nil {
		t.Fatal("a file that isn't executable passes")
	}
}
