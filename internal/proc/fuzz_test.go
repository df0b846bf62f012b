package proc

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// FuzzStat: whatever name a process gives itself, its state, session and start are those that the kernel says.
func FuzzStat(f *testing.F) {
	for _, name := range []string{"longhouse", "a) Z 1 1 1", "((", "", " \n", "x) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "\xff)"} {
		f.Add(name, 7, uint64(4242), []byte(nil))
	}
	f.Add("", 0, uint64(0), []byte("1 (a) R 1 1 x"))
	f.Fuzz(func(t *testing.T, name string, session int, start uint64, raw []byte) {
		line := fmt.Sprintf("%d (%s) S 1 2 %d %s%d 0\n", os.Getpid(), name[:min(len(name), 15)], session, strings.Repeat("0 ", 22-7), start)
		if got, err := parseStat([]byte(line)); err != nil || got != (stat{state: 'S', parent: 1, session: session, start: start}) {
			t.Errorf("%q is %+v, %v", line, got, err)
		}
		if got, err := parseStat(raw); err == nil && (!strings.Contains(string(raw), ")") || len(strings.Fields(string(raw))) < 20) {
			t.Errorf("%q is %+v", raw, got)
		}
	})
}

// FuzzDead: of all names only one that a process here has had can be that of a dead one, and ours is not.
func FuzzDead(f *testing.F) {
	us, err := Name()
	if err != nil {
		f.Fatal(err)
	}
	here := us[:strings.LastIndexByte(us, '/')+1]
	for _, name := range []string{us, here + "0-1", here + "-1-1", here + "4194305-1", here + "+4194305-1", here + "1-1x", "elsewhere/000000000000/1-1", "", here} {
		f.Add(name)
		f.Add(strings.TrimPrefix(name, here))
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, name := range []string{name, here + name} {
			var pid, start uint64
			n, _ := fmt.Sscanf(strings.TrimPrefix(name, here), "%d-%d", &pid, &start)
			if Dead(name) && (name == us || n != 2 || name != fmt.Sprintf("%s%d-%d", here, pid, start)) {
				t.Errorf("%q is dead", name)
			}
		}
	})
}
