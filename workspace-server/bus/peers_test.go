package bus

import (
	"maps"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

func TestWhatFollowsFromWhoIsThere(t *testing.T) {
	t.Parallel()
	a := id.New()
	row := func(era, sent int64, change ...func(*dbsql.PeersRow)) []dbsql.PeersRow {
		r := dbsql.PeersRow{ID: a, Era: era, Sent: sent, Live: true}
		for _, c := range change {
			c(&r)
		}
		return []dbsql.PeersRow{r}
	}
	dead := func(r *dbsql.PeersRow) { r.Live = false }
	ended := func(r *dbsql.PeersRow) { r.Live, r.Ended = false, true }
	fromBirth := func(r *dbsql.PeersRow) { r.FromBirth = true }
	for name, c := range map[string]struct {
		known   map[id.ID]peer
		rows    []dbsql.PeersRow
		newborn bool
		want    change
	}{
		"nobody":                                {want: change{}},
		"one that tells nothing yet":            {rows: row(0, 7), want: change{peers: map[id.ID]peer{a: {}}, anyone: true}},
		"one that told before the newborn came": {rows: row(1, 7), newborn: true, want: change{peers: map[id.ID]peer{a: {1, 7}}, anyone: true, met: true}},
		"one that tells since it was born":      {rows: row(1, 7, fromBirth), want: change{peers: map[id.ID]peer{a: {1, 0}}, anyone: true, met: true}},
		"one that begins to tell":               {known: map[id.ID]peer{a: {}}, rows: row(1, 7), want: change{peers: map[id.ID]peer{a: {1, 7}}, anyone: true, met: true, renew: true}},
		"one that had stopped meanwhile":        {known: map[id.ID]peer{a: {1, 7}}, rows: row(2, 7), want: change{peers: map[id.ID]peer{a: {2, 7}}, anyone: true, met: true, renew: true}},
		"one that goes on":                      {known: map[id.ID]peer{a: {1, 8}}, rows: row(1, 7), want: change{peers: map[id.ID]peer{a: {1, 8}}, anyone: true}},
		"one of whom a batch is missing":        {known: map[id.ID]peer{a: {1, 6}}, rows: row(1, 7), want: change{peers: map[id.ID]peer{a: {1, 7}}, anyone: true, renew: true}},
		"one that died":                         {known: map[id.ID]peer{a: {1, 7}}, rows: row(1, 7, dead), want: change{renew: true, gone: []id.ID{a}}},
		"one that died and is forgotten":        {known: map[id.ID]peer{a: {1, 7}}, want: change{renew: true, gone: []id.ID{a}}},
		"one that died unknown":                 {rows: row(1, 7, dead), want: change{}},
		"one that died before it told anything": {known: map[id.ID]peer{a: {}}, rows: row(0, 0, dead), want: change{}},
		"one that said goodbye":                 {known: map[id.ID]peer{a: {1, 7}}, rows: row(1, 7, ended), want: change{gone: []id.ID{a}}},
		"one whose last words are missing":      {known: map[id.ID]peer{a: {1, 6}}, rows: row(1, 7, ended), want: change{renew: true, gone: []id.ID{a}}},
	} {
		got := decide(c.known, c.rows, c.newborn)
		if got.anyone != c.want.anyone || got.met != c.want.met || got.renew != c.want.renew || !maps.Equal(got.peers, c.want.peers) || !slices.Equal(got.gone, c.want.gone) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
