package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// Under cgroup v1 the kernel leaves in memory what an instance writes until the instance is at its limit, and then puts all that the machine
// has written on the disk at once, for which everybody waits who commits. While an instance comes near, the agent has the kernel put there
// what is written as it comes. At other times it may wait: much of it is gone before it ever reaches the disk. Under v2 each group has a
// share of what may wait, and there is nothing to do.
const (
	gatherEvery = 100 * time.Millisecond
	muchDirty   = 128 << 20 // what may wait although an instance comes near
	early       = 16 << 20  // what may wait then
	earlyFor    = 5 * time.Second
)

// usualShare of the memory, in percent, may wait in a kernel that nobody has set.
const usualShare = "10"

// writeBack is when the kernel of this machine puts on the disk what is written.
type writeBack struct {
	settings string // folder of the kernel's settings of it, see vm.rst of the kernel
	share    string // of the memory, in percent, that may wait when it isn't early
	until    time.Time
	early    bool
}

// newWriteBack leaves alone what somebody has set. Early is what an agent before us has set.
func newWriteBack(settings string) (*writeBack, error) {
	bytes, share := readWords(filepath.Join(settings, "dirty_background_bytes")), readWords(filepath.Join(settings, "dirty_background_ratio"))
	switch {
	case slices.Equal(bytes, []string{"0"}) && len(share) == 1:
		return &writeBack{settings: settings, share: share[0]}, nil
	case slices.Equal(bytes, []string{strconv.Itoa(early)}):
		return &writeBack{settings: settings, share: usualShare, early: true}, nil
	}
	return nil, fmt.Errorf("dirty_background_bytes is %v", bytes)
}

// keep goes by whether an instance is near its limit now.
func (w *writeBack) keep(near bool, now time.Time) error {
	if near {
		w.until = now.Add(earlyFor)
	}
	want := now.Before(w.until)
	if want == w.early {
		return nil
	}
	name, value := "dirty_background_ratio", w.share
	if want {
		name, value = "dirty_background_bytes", strconv.Itoa(early)
	}
	if err := os.WriteFile(filepath.Join(w.settings, name), []byte(value), 0); err != nil {
		return fmt.Errorf("set when the kernel writes back: %w", err)
	}
	w.early = want
	return nil
}

// much is what waits, in bytes, when it matters that an instance comes near: while little may, less does.
func (w *writeBack) much() int64 {
	if w.early {
		return early / 2
	}
	return muchDirty
}

// keepWriteBack does so until ctx ends.
func (a *Agent) keepWriteBack(ctx context.Context) {
	if dir := a.cgroups.folder("memory"); !asRoot() || dir == "" || dir == a.cgroups.v2 {
		return
	}
	w, err := newWriteBack("/proc/sys/vm")
	if err != nil {
		a.cfg.Log.Info("when the kernel writes back is left as it was set", "setting", err.Error())
		return
	}
	for ctx.Err() == nil {
		near := dirty("/proc/vmstat") > w.much() && slices.ContainsFunc(a.all(), a.nearLimit)
		if err := w.keep(near, time.Now()); err != nil {
			a.cfg.Log.Warn("what an instance writes goes to the disk in gusts, for which others wait", "error", err)
			return
		}
		pause(ctx, nil, gatherEvery)
	}
	_ = w.keep(false, time.Now().Add(earlyFor))
}

// nearLimit reports whether an instance has more than three quarters of the memory that it may have, with what it has written.
func (a *Agent) nearLimit(in *instance) bool {
	in.mu.Lock()
	d := in.want.Desired
	in.mu.Unlock()
	has := readWords(filepath.Join(a.cgroups.folder("memory"), d.ID, "memory.usage_in_bytes"))
	if len(has) != 1 {
		return false
	}
	bytes, err := strconv.ParseInt(has[0], 10, 64)
	return err == nil && d.Limits.MemoryBytes > 0 && bytes > d.Limits.MemoryBytes/4*3
}

// dirty is how many bytes wait, by the kernel's figures of its memory.
func dirty(vmstat string) int64 {
	words := readWords(vmstat) // a name and a number in each line
	at := slices.Index(words, "nr_dirty")
	if at < 0 || at+1 >= len(words) {
		return 0
	}
	pages, _ := strconv.ParseInt(words[at+1], 10, 64)
	return pages * int64(os.Getpagesize())
}
