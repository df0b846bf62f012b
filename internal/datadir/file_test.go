package datadir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWriteFileSetsModeAndOwner(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(file, []byte("an older one"), 0o644))
	owner := os.Getuid()
	if AsRoot() {
		owner = 310002
	}
	must(t, WriteFile(file, []byte("x"), 0o640, owner))
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	checkOwner(t, info, 310002, 310002)
}

func TestReadersSeeTheOldOrTheNewFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	whole := [][]byte{bytes.Repeat([]byte("a"), 1<<16), bytes.Repeat([]byte("b"), 1<<15)}
	must(t, WriteFile(file, whole[0], 0o600, os.Getuid()))
	written := make(chan error)
	go func() {
		var err error
		for i := range 100 {
			err = errors.Join(err, WriteFile(file, whole[i%2], 0o600, os.Getuid()))
		}
		written <- err
	}()
	for {
		data, err := os.ReadFile(file)
		must(t, err)
		if !bytes.Equal(data, whole[0]) && !bytes.Equal(data, whole[1]) {
			t.Fatalf("read %d bytes that nobody wrote so", len(data))
		}
		select {
		case err := <-written:
			must(t, err)
			return
		default:
		}
	}
}

func TestWriteFileThatFailsLeavesTheOldFileAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := WriteFile(filepath.Join(dir, "missing", "file"), nil, 0o600, os.Getuid()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	if err := WriteFile(filepath.Join(dir, "taken"), []byte("x"), 0o600, os.Getuid()); err == nil {
		t.Error("a folder was replaced")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
}

func TestWriteFileReplacesALinkAndNotWhatItPointsTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	elsewhere, file := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "file")
	must(t, os.WriteFile(elsewhere, []byte("theirs"), 0o644))
	must(t, os.Symlink(elsewhere, file))
	must(t, WriteFile(file, []byte("ours"), 0o600, os.Getuid()))
	if data, err := os.ReadFile(elsewhere); err != nil || string(data) != "theirs" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestSettingsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	l := folder(t)
	must(t, l.Make())
	if _, err := l.ReadSettings(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
	want := Settings{BaseDomain: "longhouse.localhost", EdgeHTTP: "127.0.0.1:1", API: "127.0.0.1:2", S3: "127.0.0.1:3",
		SMTP: "127.0.0.1:4", MailHTTP: "[::1]:5", UIDBase: 300000, Blanks: 4, Lease: Duration{1500 * time.Millisecond}}
	must(t, l.WriteSettings(want))
	if got, err := l.ReadSettings(); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	info, err := os.Stat(l.SettingsFile())
	must(t, err)
	if info.Mode() != 0o644 { // all parts read it
		t.Errorf("mode %v", info.Mode())
	}
}

func TestSettingsThatAreWrongAreNamed(t *testing.T) {
	t.Parallel()
	l := folder(t)
	must(t, l.Make())
	for text, want := range map[string]string{
		"blanks = 4\nbase_domian = \"x\"\n": `config.toml: there is no setting "base_domian"`,
		"[edge]\nhttp = \"x\"\n":            `config.toml: there is no setting "edge`,
		"api = \"x\"\nlease = \"soon\"\n":   `soon`,
		"api = \"x\"\nblanks = \"many\"\n":  "config.toml: line 2: ",
		"blanks =\n":                        "config.toml: line 1: ",
	} {
		must(t, os.WriteFile(l.SettingsFile(), []byte(text), 0o600))
		if _, err := l.ReadSettings(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: err = %v", text, err)
		}
	}
}

func TestURLsNameAHostThatCanBeReached(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:8064": "http://127.0.0.1:8064", ":8064": "http://localhost:8064", "0.0.0.0:8064": "http://localhost:8064",
		"[::]:8064": "http://localhost:8064", "[::1]:8064": "http://[::1]:8064",
	} {
		s := Settings{API: listen, MailHTTP: listen, EdgeHTTP: listen}
		if s.APIURL() != want || s.MailURL() != want || "http://"+s.EdgeAddress() != want {
			t.Errorf("%s: %s, %s, %s", listen, s.APIURL(), s.MailURL(), s.EdgeAddress())
		}
	}
}
