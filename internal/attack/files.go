package attack

import (
	"errors"
	"os"
	"path/filepath"
)

func readFiles(aim Aim) (all []Try) {
	for _, file := range aim.Files {
		_, err := os.ReadFile(file)
		all = append(all, tried(err, "read %s", file))
	}
	for _, folder := range append([]string{"/", "/etc", "/tmp", "/root", "/home"}, aim.Folders...) {
		_, err := os.ReadDir(folder)
		all = append(all, tried(err, "list %s", folder))
	}
	return all
}

func writeFiles(aim Aim) (all []Try) {
	for _, file := range aim.Files {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
		if err == nil {
			_ = f.Close()
		}
		all = append(all, tried(err, "open %s for writing", file), tried(os.Chmod(file, 0o666), "change the mode of %s", file))
	}
	for _, folder := range append([]string{"/", "/tmp", "/var/tmp", "/dev/shm", "/run"}, aim.Folders...) {
		f, err := os.CreateTemp(folder, "attack")
		if err == nil {
			_ = errors.Join(f.Close(), os.Remove(f.Name()))
		}
		all = append(all, tried(err, "make a file in %s", folder))
	}
	return all
}

// throughLinks reaches for files under other names, in a folder of its own.
func throughLinks(aim Aim) (all []Try) {
	for _, file := range aim.Files {
		soft, hard := filepath.Join(aim.Own, "soft"), filepath.Join(aim.Own, "hard")
		_ = errors.Join(os.Remove(soft), os.Remove(hard))
		if err := os.Symlink(file, soft); err == nil {
			_, err := os.ReadFile(soft)
			all = append(all, tried(err, "read %s through a symbolic link", file))
		}
		all = append(all, tried(os.Link(file, hard), "link %s", file), tried(os.Rename(file, hard), "move %s", file))
	}
	return all
}
