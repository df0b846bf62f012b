package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestFormsFollowWhatIsEditedAndDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.member, b.public.ID, "painting walls")
	b.finds(b.member, "paint", post.Message)
	b.learned()
	b.finds(b.member, "paint", post.Message)
	edited := must[wire.Post](b, b.member, http.MethodPut, "/posts/"+post.ID.String()+"/patch", map[string]string{"message": "tiling roofs"})
	for range 2 {
		b.finds(b.member, "tile roof", edited.Message)
		b.finds(b.member, "paint")
		b.learned()
	}
	b.must(b.member, http.MethodDelete, "/posts/"+post.ID.String(), nil)
	b.finds(b.member, "tile")
}

func TestFormsTellNobodyWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secret, open := b.say(b.admin, b.private.ID, "merging companies").Message, b.say(b.admin, b.public.ID, "a company").Message
	for range 2 {
		b.finds(b.member, "company", open)
		b.finds(b.member, "merge")
		b.finds(b.admin, "company", open, secret)
		if got := must[wire.PostSearchResults](b, b.outside, http.MethodPost, "/posts/search", map[string]any{"terms": "company"}); len(got.Order) != 0 {
			t.Errorf("somebody of no team finds %+v", got)
		}
		b.learned()
	}
}

// Posts that were not learned for long are learned by who searches; it does not wait for all of it.
func TestASearchHasWordsLearned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.db().Exec(t.Context(), `insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, message)
		select ('00000000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, n, n, n, n, case n when 1 then 'oldest painting' else 'of many' end from generate_series(1, 6000) n`,
		b.public.ID, b.admin.id); err != nil {
		t.Fatal(err)
	}
	b.finds(b.member, "paint")
	for deadline := time.Now().Add(30 * time.Second); len(b.find(b.member, map[string]any{"terms": "paint"})) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("it was never learned")
		}
	}
	b.finds(b.member, "painted", "oldest painting")
	if n := b.log.of("words are not learned"); n > 0 {
		t.Errorf("%d errors", n)
	}
}

// Where posts are gone, words are read anew and those that nobody writes any more forgotten, while all can be found.
func TestWordsOfPostsThatAreGoneAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.say(b.admin, b.private.ID, "painting mountains")
	stays := b.say(b.admin, b.public.ID, "mountains").Message
	b.finds(b.admin, "paint mountain", "painting mountains")
	b.learned()
	if _, err := b.db().Exec(t.Context(), "delete from channels where id = $1", b.private.ID); err != nil {
		t.Fatal(err)
	}
	b.finds(b.admin, "mountain", stays)
	b.learned()
	b.finds(b.admin, "mountain", stays)
	if n := b.count("select count(*) from words where word = 'painting'") + b.count("select count(*) from word_stems where word = 'painting'"); n != 0 {
		t.Errorf("the word of a post that is gone is still known (%d)", n)
	}
	if n, kept := b.count("select words from vocabulary"), b.count("select count(*) from words"); n != kept || kept == 0 {
		t.Errorf("%d words are counted, and %d kept", n, kept)
	}
}

// A workspace knows so many words. Where there are more, those that were met in one post alone make room, the oldest first.
func TestThereAreOnlySoManyWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	learn := func(messages ...string) {
		for _, m := range messages {
			b.say(b.admin, b.public.ID, m)
		}
		tomorrow := id.ID{0xff}
		if _, err := b.api.DB.LearnWords(t.Context(), dbsql.LearnWordsParams{Settled: tomorrow, MostPosts: 100, MostBytes: 1 << 20, MostWords: 4}); err != nil {
			t.Fatal(err)
		}
	}
	known := func(want string) {
		t.Helper()
		var got string
		if err := b.db().QueryRow(t.Context(), "select string_agg(word, ' ' order by word) from words").Scan(&got); err != nil || got != want {
			t.Errorf("known are %q (%v), want %q", got, err, want)
		}
	}
	learn("often", "often", "once twice")
	learn("twice thrice")
	known("often once thrice twice")
	learn("never often")
	known("often once thrice twice")
	forget := dbsql.ForgetWordsParams{Settled: id.ID{0xff}, MostWords: 4, Enough: 3}
	if n, err := b.api.DB.ForgetWords(t.Context(), forget); err != nil || n != 1 {
		t.Errorf("%d were forgotten (%v)", n, err)
	}
	known("often thrice twice")
	if n, err := b.api.DB.ForgetWords(t.Context(), forget); err != nil || n != 0 {
		t.Errorf("%d were forgotten with room left (%v)", n, err)
	}
	learn("numbers 4711 x2 example.com/running " + strings.Repeat("long", 11) + " 屋根")
	known("numbers often thrice twice")
}

// Several instances take turns: who finds another at it leaves it to that one.
func TestOneInstanceLearnsAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	said := b.say(b.admin, b.public.ID, "painting").Message
	other := b.db()
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from vocabulary for update"); err != nil {
		t.Fatal(err)
	}
	b.api.Search.Now = func() time.Time { return time.Now().Add(time.Minute) }
	if err := b.api.Search.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.count("select count(*) from words"); n != 0 {
		t.Errorf("%d words were learned beside another instance", n)
	}
	b.finds(b.member, "paint", said)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.learned()
	b.finds(b.member, "paint", said)
}
