package search

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func TestWhatSomebodyTypesIsUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]terms{
		"":                           {},
		"  - : # \"\" ... ":          {},
		"roof tiles":                 {words: []string{"roof", "tiles"}},
		`"roof tiles" -paint`:        {phrases: []string{"roof tiles"}, notWords: []string{"paint"}},
		`-"wet paint" build*`:        {words: []string{"build*"}, notWords: []string{"wet paint"}},
		`"never closed`:              {phrases: []string{"never closed"}},
		`"running" -"so" run`:        {words: []string{"run"}, phrases: []string{"running"}, notWords: []string{"so"}},
		"#Timber, -#paint":           {tags: []string{"#timber"}, notTags: []string{"#paint"}},
		"from:@Ben -from: ada":       {from: []string{"ben"}, notFrom: []string{"ada"}},
		"in:~timber Channel:site":    {in: []string{"timber", "site"}},
		"-in:@ben roof":              {words: []string{"roof"}, notIn: []string{"@ben"}},
		"from:":                      {words: []string{"from:"}},
		"https://example.com/a":      {words: []string{"https://example.com/a"}},
		"on:2026-11-29":              {since: day(2026, 11, 29), until: day(2026, 11, 30)},
		"-on:2026-11-29":             {notSince: day(2026, 11, 29), notUntil: day(2026, 11, 30)},
		"after:2026-1-5":             {since: day(2026, 1, 6)},
		"before:2026-01-05":          {until: day(2026, 1, 5)},
		"-after:2026-1-5":            {until: day(2026, 1, 6)},
		"-before:2026-1-5":           {since: day(2026, 1, 5)},
		"after:2026-1-1 on:2026-1-9": {since: day(2026, 1, 9), until: day(2026, 1, 10)},
		"ext:.PDF -ext: txt plan":    {words: []string{"plan"}, extensions: []string{"pdf"}, notExtensions: []string{"txt"}},
		"ext:.":                      {},
		"on:yesterday":               {words: []string{"on:yesterday"}},
	} {
		if got := parse(text, 0); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
	if got := parse("on:2026-11-29", 3600).since; !got.Equal(day(2026, 11, 28).Add(23 * time.Hour)) {
		t.Errorf("an hour east of UTC the day begins at %s", got)
	}
	if !parse(" - ", 0).none() || parse("x", 0).none() || parse("-on:2026-11-29", 0).none() {
		t.Error("taken for nothing, or nothing for something")
	}
}

func TestWordsMeanNothingToTheDatabase(t *testing.T) {
	t.Parallel()
	q := terms{words: []string{`it's`, `a\b`, "x & !y", "build*", "a屋根"}, notWords: []string{"no", "not", "瓦's"}}
	wanted, signed, unwanted, notSigned := q.query()
	if signed != `'a 屋 根'` || notSigned != `'瓦 ''s'` {
		t.Errorf("those with signs became %s and %s", signed, notSigned)
	}
	if wanted != `'it''s' & 'a\\b' & 'x & !y' & 'build':*` || unwanted != `'no' | 'not'` {
		t.Errorf("they became %s and %s", wanted, unwanted)
	}
	q.anyOf = true
	if wanted, _, _, _ = q.query(); strings.Count(wanted, " | ") != 3 {
		t.Errorf("any of them became %s", wanted)
	}
}

// FuzzTerms: whatever is typed, each word stays within its quotes, and no list has anything empty.
func FuzzTerms(f *testing.F) {
	for _, text := range []string{"", "roof", `"roof tiles" -paint`, "from: ben in:~x on:2026-1-1", `'); drop table posts; --`, `\' \\'`, "a\x00b", "-", "#", "-#", "*", `"*"`, "after:9999-12-31"} {
		f.Add(text, 0)
	}
	f.Fuzz(func(t *testing.T, text string, east int) {
		got := parse(text, east%86400)
		for _, list := range [][]string{got.words, got.notWords, got.phrases, got.tags, got.notTags, got.from, got.notFrom, got.in, got.notIn, got.extensions, got.notExtensions} {
			for _, value := range list {
				if value == "" || utf8.ValidString(text) && !utf8.ValidString(value) {
					t.Errorf("%q holds %q", text, value)
				}
			}
		}
		wanted, signed, unwanted, notSigned := got.query()
		named := got.ofNames()
		for _, query := range []string{wanted, signed, unwanted, notSigned, joined(named.words, named.joint()), joined(named.notWords, " | ")} {
			bare := strings.NewReplacer(`\\`, "", `''`, "").Replace(query)
			if strings.Count(bare, "'")%2 != 0 || strings.ContainsRune(query, 0) {
				t.Errorf("%q became %s", text, query)
			}
		}
	})
}
