package api_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// inflections are of every language that PostgreSQL stems: what somebody writes, and what another looks for.
var inflections = []struct{ dictionary, locale, written, sought string }{
	{"arabic_stem", "ar", "الكتاب", "كتاب"}, {"armenian_stem", "hy", "տանիքներ", "տանիք"}, {"basque_stem", "eu", "etxeak", "etxe"},
	{"catalan_stem", "ca", "teulades", "teulada"}, {"danish_stem", "da", "husene", "huse"}, {"dutch_stem", "nl", "lampen", "lamp"},
	{"english_stem", "en", "running", "runs"}, {"finnish_stem", "fi", "taloissa", "talossa"}, {"french_stem", "fr", "maisons", "maison"},
	{"german_stem", "de", "Häuser", "Haus"}, {"greek_stem", "el", "δρόμοι", "δρόμος"}, {"hindi_stem", "hi", "लड़कों", "लड़का"},
	{"hungarian_stem", "hu", "házakban", "házak"}, {"indonesian_stem", "id", "membangun", "bangun"}, {"irish_stem", "ga", "fhocal", "focal"},
	{"italian_stem", "it", "costruzioni", "costruzione"}, {"lithuanian_stem", "lt", "namai", "namas"}, {"nepali_stem", "ne", "किताबहरू", "किताब"},
	{"norwegian_stem", "no", "sjøene", "sjøen"}, {"portuguese_stem", "pt-BR", "escadas", "escada"}, {"romanian_stem", "ro", "oamenilor", "oameni"},
	{"russian_stem", "ru", "крыши", "крыша"}, {"serbian_stem", "sr", "кровови", "крововима"}, {"spanish_stem", "es", "tejados", "tejado"},
	{"swedish_stem", "sv", "taken", "tak"}, {"tamil_stem", "ta", "வீடுகள்", "வீடு"}, {"turkish_stem", "tr", "evler", "evlerde"},
	{"yiddish_stem", "yi", "שטובן", "שטוב"},
}

// speaks sets the language of somebody.
func (b *bundle) speaks(who person, locale string) {
	b.t.Helper()
	b.must(who, http.MethodPut, "/users/me/patch", map[string]string{"locale": locale})
}

// learned has everything learned that was posted, as if it were some time ago.
func (b *bundle) learned() {
	b.t.Helper()
	b.api.Search.Now = func() time.Time { return time.Now().Add(time.Minute) }
	if err := b.api.Search.Learn(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if left := b.count(`select count(*) from posts, vocabulary where id > reached`) + b.count(`select count(*) from post_edits, vocabulary where id > edits`); left != 0 {
		b.t.Errorf("%d posts and edits were not read", left)
	}
}

func (b *bundle) count(query string) (n int) {
	b.t.Helper()
	conn := b.db()
	defer conn.Close(context.Background())
	if err := conn.QueryRow(b.t.Context(), query).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// finds fails unless the terms find just these messages.
func (b *bundle) finds(as person, terms string, want ...string) {
	b.t.Helper()
	if got := b.find(as, map[string]any{"terms": terms}); !slices.Equal(got, append([]string{}, want...)) {
		b.t.Errorf("%s: found %q, want %q", terms, got, want)
	}
}

func TestEveryLanguageThatPostgreSQLStemsIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows, err := b.db().Query(t.Context(), `select dictname from pg_ts_dict where dictname like '%\_stem' order by dictname collate "C"`)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for ; rows.Next(); at++ {
		var name string
		if err := rows.Scan(&name); err != nil || at >= len(inflections) || inflections[at].dictionary != name {
			t.Fatalf("dictionary %d is %s (%v): it needs a line here, and one in search/languages.go", at, name, err)
		}
	}
	if at != len(inflections) {
		t.Errorf("there are %d dictionaries, and %d lines", at, len(inflections))
	}
}

func TestWordsAreFoundInTheirOtherFormsInTheAskersLanguage(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(s *config.Settings) { s.Locale = "pl" })
	for _, i := range inflections {
		b.say(b.admin, b.public.ID, i.written)
	}
	all := func(when string) {
		for _, i := range inflections {
			b.speaks(b.member, i.locale)
			if got := b.find(b.member, map[string]any{"terms": i.sought}); !slices.Equal(got, []string{i.written}) {
				t.Errorf("%s, %s: %s finds %q, want %s", when, i.locale, i.sought, got, i.written)
			}
			b.finds(b.member, i.written, i.written)
			b.finds(b.member, `"`+i.sought+`"`)
			b.speaks(b.member, "pl")
			b.finds(b.member, i.sought)
		}
	}
	all("unlearned")
	b.learned()
	all("learned")
}

func TestWordsAreFoundInTheWorkspacesLanguageToo(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(s *config.Settings) { s.Locale = "de-AT" })
	houses, roofs, crisis := b.say(b.admin, b.public.ID, "Häuser am Hang").Message, b.say(b.admin, b.public.ID, "he roofs both").Message, b.say(b.admin, b.public.ID, "servers упали").Message
	b.finds(b.member, "haus", houses)
	b.finds(b.member, "roof", roofs)
	b.speaks(b.member, "ru")
	b.finds(b.member, "server", crisis) // words in Latin letters are taken for English
	b.finds(b.member, "haus roof")
	b.speaks(b.member, "ja")
	b.finds(b.member, "roofing", roofs)
}

func TestWhatIsToBeFoundAsItStands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run, running, both := "a dog that could run #run", "a dog running here #running", "what runs is not running"
	for _, m := range []string{run, running, both} {
		b.say(b.admin, b.public.ID, m)
	}
	for typed, want := range map[string][]string{
		"run":                 {both, running, run},
		"Running,":            {both, running, run},
		`"running"`:           {both, running},
		`"run"`:               {run},
		`"running" run`:       {both, running},
		`"dog running"`:       {running},
		`"dog run"`:           {},
		"runn*":               {both, running},
		"runni":               {},
		"run -running":        {run},
		`run -"runs"`:         {running, run},
		"#run":                {run},
		"dogs -#running":      {run},
		"running from:ben":    {},
		"the dogs":            {running, run}, // words that say little are not demanded where others are
		"that dogs":           {running, run},
		`"that" dogs`:         {run},
		"that":                {run},
		"is what":             {both},
		"that here":           {},
		"not #running":        {},
		"running 犬":           {},
		"it's running":        {},
		"dog's":               {},
		"runs running runner": {},
	} {
		b.finds(b.member, typed, want...)
	}
	if got := b.find(b.member, map[string]any{"terms": "the dogs nothing", "is_or_search": true}); !slices.Equal(got, []string{running, run}) {
		t.Errorf("any of three: %q", got)
	}
}

func TestWordsAreFoundWithoutTheirAccents(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(s *config.Settings) { s.Locale = "pl" }) // which has no other forms
	with, without := "deux cafés, à Gdańsk", "two cafe here"
	b.say(b.admin, b.public.ID, with)
	b.say(b.admin, b.public.ID, without)
	for range 2 {
		b.finds(b.member, "cafe", without, with)
		b.finds(b.member, "Café", with) // who writes them wants them
		b.finds(b.member, `"cafe"`, without)
		b.speaks(b.member, "pl")
		b.finds(b.member, "gdansk", with)
		b.finds(b.member, "cafes", with)
		b.speaks(b.member, "en")
		b.learned()
	}
}
