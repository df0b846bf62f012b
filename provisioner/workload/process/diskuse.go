package process

import (
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// entryBytes is what a name counts at least: files and folders that hold nothing, and further names of a file, use the disk up
// and cost a look too.
const entryBytes = 4096

// tally adds up what files take.
type tally struct {
	usage
	enough int64
	seen   map[inode]bool
}

type inode struct{ dev, ino uint64 }

// add is for each name; false means that there is no need to look further.
func (t *tally) add(st unix.Stat_t) bool {
	var bytes int64
	if file := (inode{st.Dev, st.Ino}); !t.seen[file] {
		t.seen[file] = true
		bytes = st.Blocks * 512
	}
	t.disk += max(bytes, entryBytes)
	t.names += max(entryBytes-bytes, 0)
	return t.disk <= t.enough
}

// diskUse is what a folder takes, with all in it and with what these processes hold, open or mapped, of files that have no name any
// more, in bytes of the disk. It is a sum while things change: what goes meanwhile is left out. What lies too deep for any path isn't
// looked at. It looks at no more than enough, so that what it costs is bounded by what there may be.
func diskUse(dir string, pids []int, enough int64) usage {
	t := tally{enough: enough, seen: map[inode]bool{}}
	var top unix.Stat_t
	if unix.Lstat(dir, &top) == nil { // it doesn't shrink when names go
		t.add(top)
	}
	t.deep = walk(unix.AT_FDCWD, dir, deepest, t.add)
	for _, pid := range pids {
		if t.disk > enough {
			break
		}
		t.held(pid)
	}
	return t.usage
}

// held adds what a process holds of files without a name.
func (t *tally) held(pid int) {
	process := filepath.Join("/proc", strconv.Itoa(pid))
	var program unix.Stat_t // its release may be gone, and isn't its own
	hasProgram := unix.Stat(filepath.Join(process, "exe"), &program) == nil
	for _, how := range []string{"fd", "map_files"} {
		links, _ := filepath.Glob(filepath.Join(process, how, "*"))
		for _, link := range links {
			var st unix.Stat_t
			if unix.Stat(link, &st) != nil || st.Nlink != 0 || st.Mode&unix.S_IFMT != unix.S_IFREG {
				continue
			}
			if ours := hasProgram && st.Dev == program.Dev && st.Ino == program.Ino; !ours && !t.seen[inode{st.Dev, st.Ino}] && !t.add(st) {
				return
			}
		}
	}
}
