package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// share posts a file of that name.
func (s *shelf) share(as person, channel id.ID, name string) wire.Post {
	s.t.Helper()
	up := must[wire.FileUploadResponse](s.bundle, as, http.MethodPost, "/files?"+url.Values{"channel_id": {channel.String()}, "filename": {name}}.Encode(), []byte("content"))
	return must[wire.Post](s.bundle, as, http.MethodPost, "/posts", map[string]any{"channel_id": channel, "message": "see", "file_ids": []id.ID{up.FileInfos[0].ID}})
}

// names are of the files that were found, newest first.
func (b *bundle) names(as person, path string, body map[string]any) []string {
	b.t.Helper()
	found := must[wire.FileInfoList](b, as, http.MethodPost, path, body)
	out := []string{}
	for _, file := range found.Order {
		out = append(out, found.FileInfos[file].Name)
	}
	return out
}

func TestFilesAreFoundByWhatIsTyped(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	direct := must[wire.Channel](s.bundle, s.member, http.MethodPost, "/channels/direct", []id.ID{s.member.id, s.admin.id})
	report, plan, drawing, chinese, korean := "Roof-report_2026.final.PDF", "roof plan.pdf", "plan (2).png", "2026年度報告書.docx", "\u1112\u1161\u11ab\u1100\u1173\u11af\u1107\u1169\u1100\u1169.pdf"
	s.share(s.admin, s.public.ID, report)
	s.share(s.member, s.public.ID, plan)
	s.share(s.member, mustID(t, s.townSquare()), drawing)
	s.share(s.admin, s.public.ID, chinese)
	s.share(s.admin, direct.ID, korean) // with its letters apart, as some systems write names
	s.upload("roof-unposted.pdf")
	today := time.Now().UTC()
	tomorrow, yesterday := today.AddDate(0, 0, 1).Format(time.DateOnly), today.AddDate(0, 0, -1).Format(time.DateOnly)
	in := "/teams/" + s.team.ID.String() + "/files/search"
	for typed, want := range map[string][]string{
		"roof":                      {plan, report},
		"ROOF report":               {report},
		"report.2026":               {report},
		"report_2026":               {report},
		"#final":                    {report},
		`"roof report"`:             {report},
		`"report roof"`:             {},
		"rep*":                      {report},
		"rep":                       {},
		"plan -roof":                {drawing},
		"pdf":                       {korean, plan, report},
		"ext:pdf":                   {korean, plan, report},
		"ext:PDF from:ben":          {plan},
		"ext:pdf ext:.png":          {korean, drawing, plan, report},
		"plan -ext:pdf":             {drawing},
		"-ext:pdf":                  {chinese, drawing},
		"ext:exe":                   {},
		"報告":                        {chinese},
		"報告 2026":                   {chinese},
		"告報":                        {},
		"\uff12\uff10\uff12\uff16年": {chinese}, // in wide digits
		"한글":                        {korean},
		"보고*":                       {korean},
		"plan in:timber":            {plan},
		"plan -in:~timber":          {drawing},
		"in:@ada":                   {korean},
		"plan -from:@ben":           {},
		"roof before:" + tomorrow:   {plan, report},
		"roof before:" + yesterday:  {},
		"roof after:" + yesterday:   {plan, report},
		"roof on:" + tomorrow:       {},
		"roof -on:" + tomorrow:      {plan, report},
		"x' | 'roof":                {},
		"unposted":                  {},
		"-":                         {},
	} {
		if got := s.names(s.member, in, map[string]any{"terms": typed}); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", typed, got, want)
		}
	}
	if got := s.names(s.member, in, map[string]any{"terms": "report drawing plan", "is_or_search": true}); !slices.Equal(got, []string{drawing, plan, report}) {
		t.Errorf("any of three words: %q", got)
	}
	if got := s.names(s.member, in, map[string]any{"terms": "pdf", "per_page": 1, "page": 1}); !slices.Equal(got, []string{plan}) {
		t.Errorf("the second page of one: %q", got)
	}
	if got := s.find(s.member, map[string]any{"terms": "ext:pdf"}); len(got) != 0 {
		t.Errorf("posts found by an extension: %q", got)
	}
}

func TestNobodyFindsFilesThatTheyCannotRead(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	in, hidden, open := "/teams/"+s.team.ID.String()+"/files/search", "gold hidden.txt", "gold open.txt"
	s.share(s.admin, s.private.ID, hidden)
	s.share(s.member, s.public.ID, open)
	s.must(s.member, http.MethodDelete, "/posts/"+s.share(s.member, s.public.ID, "gold deleted.txt").ID.String(), nil)
	gold := map[string]any{"terms": "gold"}
	for _, c := range []struct {
		who  person
		path string
		want []string
	}{{s.member, in, []string{open}}, {s.admin, in, []string{open, hidden}}, {s.member, "/files/search", []string{open}}, {s.outside, "/files/search", []string{}}} {
		if got := s.names(c.who, c.path, gold); !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.path, got, c.want)
		}
	}
	s.must(s.member, http.MethodDelete, s.in(s.public)+"/members/me", nil)
	if got := s.names(s.member, in, gold); len(got) != 0 {
		t.Errorf("who has left finds %q", got)
	}
	s.must(s.admin, http.MethodDelete, s.in(s.public), nil)
	if got := s.names(s.admin, in, gold); !slices.Equal(got, []string{hidden}) {
		t.Errorf("in an archived channel is found %q", got)
	}
	if got := s.names(s.admin, in, map[string]any{"terms": "gold", "include_deleted_channels": true}); !slices.Equal(got, []string{open, hidden}) {
		t.Errorf("archived channels included is found %q", got)
	}
	for name, body := range map[string]map[string]any{"without terms": {}, "a page before the first": {"terms": "x", "page": -1}} {
		if got := s.call(s.member, http.MethodPost, in, body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// The words of a name, and those that somebody looks for, are taken apart alike.
func TestEveryFileIsFoundByItsName(t *testing.T) {
	t.Parallel()
	s := setup(t)
	post := s.say(s.member, s.public.ID, "see")
	names := []string{"v1.2.3.tar.gz", "1e5.csv", "-5.txt", "0x1F", "3.14-final", "２０２６年.txt", "ｶﾀｶﾅ.txt", "カタカナ2.txt", "ﬁle.md", "Ⅳ①.txt", "don't.txt", `back\slash`, "a&b|c!d.txt", "x@example.com.eml", "https://example.com/a?b=c",
		"\u0061\u0308rger.doc", "naïve café.txt", "🙂smile🙂.png", "a·b×c÷d.txt", "日本語テスト 第2版.xlsx", "한국어 문서.hwp", "𠮷野家.pdf", "x'); drop table files; --", "ａｂｃ＇ｄ.txt", "Ωmega—dash…", "<b>bold</b>:*", "ª1"}
	for _, name := range names {
		if _, err := s.db().Exec(t.Context(), `insert into files (id, creator_id, channel_id, post_id, create_at, update_at, name, extension, mime_type, size)
			values ($1, $2, $3, $4, 1, 1, $5, '', 'x/y', 1)`, id.New(), s.member.id, s.public.ID, post.ID, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		for _, typed := range []string{`"` + name + `"`, `"` + name + `*"`} {
			if got := s.names(s.member, "/files/search", map[string]any{"terms": typed}); !slices.Contains(got, name) || len(got) > 2 {
				t.Errorf("%s: found %q", typed, got)
			}
		}
	}
}

// Files of before there was a search have no words, until they are given them.
func TestFilesOfBeforeAreFoundToo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	post := s.say(s.member, s.public.ID, "here")
	const many = 1200
	if _, err := s.db().Exec(t.Context(), `insert into files (id, creator_id, channel_id, post_id, create_at, update_at, name, extension, mime_type, size)
		select gen_random_uuid(), $1, $2, $3, n, n, 'old roof.pdf', 'pdf', 'x/y', 1 from generate_series(1, $4) n`, s.member.id, s.public.ID, post.ID, many); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db().Exec(t.Context(), "update files set words = null"); err != nil {
		t.Fatal(err)
	}
	search := func() int {
		return len(s.names(s.member, "/files/search", map[string]any{"terms": "roof", "page": 12, "per_page": 100})) + len(s.names(s.member, "/files/search", map[string]any{"terms": "roof"}))
	}
	if got := search(); got != 0 {
		t.Fatalf("%d are found without words", got)
	}
	if err := s.api.Search.ReadNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := s.db().QueryRow(t.Context(), "select count(*) from files where words is null").Scan(&left); err != nil || left != 0 || search() == 0 {
		t.Errorf("%d are left (%v)", left, err)
	}
}
