package deletion

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// find returns the files under dir, and the folders, whose name or content has one of the needles in it, as paths
// relative to dir.
func find(t *testing.T, dir string, needles ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // it went meanwhile
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		var data []byte
		if e.Type().IsRegular() {
			data, _ = os.ReadFile(path)
		}
		for _, needle := range needles {
			if strings.Contains(name, needle) || bytes.Contains(data, []byte(needle)) {
				found = append(found, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// outside leaves out what is under one of the folders.
func outside(found []string, folders ...string) (rest []string) {
	for _, name := range found {
		in := false
		for _, folder := range folders {
			in = in || name == folder || strings.HasPrefix(name, folder+"/")
		}
		if !in {
			rest = append(rest, name)
		}
	}
	return rest
}

// processes are those that run a program of dir as the user (other machines give their instances the same ones), or have a
// needle in their arguments or their environment.
func processes(t *testing.T, dir string, uid int, needles ...string) (found []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		proc := filepath.Dir(stat)
		if filepath.Base(proc) == strconv.Itoa(os.Getpid()) {
			continue
		}
		status, _ := os.ReadFile(stat)
		line, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		env, _ := os.ReadFile(filepath.Join(proc, "environ"))
		is := bytes.Contains(status, []byte("Uid:\t"+strconv.Itoa(uid)+"\t")) && bytes.Contains(line, []byte(dir+"/"))
		for _, needle := range needles {
			is = is || bytes.Contains(line, []byte(needle)) || bytes.Contains(env, []byte(needle))
		}
		if is {
			found = append(found, proc+" "+string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}
