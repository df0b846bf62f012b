package accesslog

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// BenchmarkHour reads one workspace's hour: 180 segments of 500 workspaces, one of which is asked 40 times a second, and the others once a minute.
func BenchmarkHour(b *testing.B) {
	s := setup(b)
	owners := make([]string, 500)
	for i := range owners {
		owners[i] = id.Show(id.Workspace, id.New())
	}
	busy, quiet := owners[100], owners[300]
	n := 0
	for seq := range 180 {
		begin := noon.Add(time.Duration(seq-180) * 20 * time.Second)
		var lines []string
		add := func(owner string) {
			n++
			lines = append(lines, asked(owner, begin.Add(time.Duration(rand.IntN(20_000_000))*time.Microsecond), fmt.Sprint("api/v4/channels/", n, "/posts"), func(l *Line) {
				l.Request = fmt.Sprintf("%026x", rand.Uint64())
				l.Client = netip.AddrFrom4([4]byte{192, 0, byte(rand.IntN(4)), byte(rand.IntN(256))}).String()
				l.Bytes, l.Seconds = rand.Int64N(100_000), rand.Float64()/10
				if seq == 3 && len(lines) == 0 {
					l.Client = "203.0.113.77"
				}
			}))
		}
		for range 800 {
			add(busy)
		}
		for i, owner := range owners {
			if i%3 == seq%3 {
				add(owner)
			}
		}
		slices.Sort(lines)
		s.tell(b, int64(seq), lines...)
	}
	reads := func(how string) {
		rare := hour(busy)
		rare.Client = netip.MustParsePrefix("203.0.113.77/32")
		for name, q := range map[string]Query{"newest of a busy one": hour(busy), "an address in a busy one": rare, "all of a quiet one": hour(quiet)} {
			b.Run(how+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Read(b.Context(), q, 200); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(how+"/export of a busy one", func(b *testing.B) {
			for b.Loop() {
				lines := 0
				must(b, s.Stream(b.Context(), hour(busy), func([]byte) error { lines++; return nil }))
				if lines < 180*800 {
					b.Fatalf("%d lines", lines)
				}
			}
		})
	}
	reads("told")
	began := time.Now()
	s.sorted(b)
	b.Logf("%d lines of %d workspaces were sorted in %s, into %d objects", n, len(owners), time.Since(began).Round(time.Millisecond), len(s.names(b, strings.TrimSuffix(ownerFolder, "/"))))
	reads("sorted")
}
