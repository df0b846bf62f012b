package api_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// distinct are so many words that nobody else writes.
func distinct(from, n int) string {
	letters := strings.NewReplacer("0", "b", "1", "d", "2", "f", "3", "g", "4", "j", "5", "k", "6", "m", "7", "o", "8", "p", "9", "t")
	out := make([]string, n)
	for i := range out {
		out[i] = letters.Replace(fmt.Sprintf("%07d", from+i))
	}
	return strings.Join(out, " ")
}

func (b *bundle) learn(most dbsql.LearnWordsParams) (read int64) {
	b.t.Helper()
	most.Settled = id.ID{0xff}
	read, err := b.api.DB.LearnWords(b.t.Context(), most)
	if err != nil {
		b.t.Fatal(err)
	}
	return read
}

// However long posts are, and whatever of them is new, a turn reads little more than it may, and there are never more words than there may be.
func TestATurnOfLearningIsBoundedByWhatItReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.learn(dbsql.LearnWordsParams{MostPosts: 100, MostBytes: 10_000, MostWords: 2500}) // what the server says of who joins
	for i := range 4 {
		b.say(b.admin, b.public.ID, distinct(i*1000, 1000)) // of 8 KB
	}
	most := dbsql.LearnWordsParams{MostPosts: 100, MostBytes: 10_000, MostWords: 2500}
	for i, known := range []int{2000, 2500} {
		if read := b.learn(most); read != 2 || b.count("select count(*) from words") != known {
			t.Errorf("turn %d reads %d posts, and knows %d words", i, read, b.count("select count(*) from words"))
		}
	}
	if n := b.count("select words from vocabulary"); n != 2500 {
		t.Errorf("%d words are counted", n)
	}
	for range 3 {
		b.learn(most)
	}
	if left := b.count(`select count(*) from posts, vocabulary where id > reached`); left != 0 {
		t.Errorf("%d posts are never read", left)
	}
}

// Who writes much that is new does not slow everybody's searches down: of what is not learned they read so much, the newest, and have it learned.
func TestASearchReadsOnlySoMuchItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.api.Search.Now = func() time.Time { return time.Now().Add(time.Minute) } // so that all is settled
	b.say(b.member, b.public.ID, "oldest painting")
	for i := range 12 {
		b.say(b.admin, b.public.ID, distinct(i*2000, 2000))
	}
	long := b.say(b.admin, b.public.ID, "mounting "+distinct(90_000, 2000)).Message
	newest := b.say(b.member, b.public.ID, "painted").Message
	began := time.Now()
	b.finds(b.member, "paints", newest)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	b.finds(b.member, "mounts", long)
	for deadline := time.Now().Add(30 * time.Second); len(b.find(b.member, map[string]any{"terms": "paints"})) < 2; {
		if time.Now().After(deadline) {
			t.Fatal("it was never learned")
		}
	}
}

// Words and their stems are forgotten together, however that ends.
func TestNothingIsLeftOfWordsThatAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.say(b.admin, b.private.ID, "painting mountains")
	b.learned()
	if _, err := b.db().Exec(t.Context(), `delete from channels where id = $1`, b.private.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db().Exec(t.Context(), `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no disk'; end $$`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db().Exec(t.Context(), `create trigger refuse before delete on word_stems for each row execute function refuse()`); err != nil {
		t.Fatal(err)
	}
	if err := b.api.Search.Learn(t.Context()); err == nil || errors.Is(err, t.Context().Err()) {
		t.Fatal("stems could be forgotten")
	}
	if _, err := b.db().Exec(t.Context(), `drop trigger refuse on word_stems`); err != nil {
		t.Fatal(err)
	}
	b.learned()
	if n := b.count("select count(*) from words") + b.count("select count(*) from word_stems"); n != 0 {
		t.Errorf("%d words and stems are left", n)
	}
}
