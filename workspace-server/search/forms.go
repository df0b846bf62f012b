package search

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	mostWidened = 16  // words of a search that are looked for in other forms too
	mostForms   = 64  // of one, in a dictionary
	longest     = 40  // letters of a word that has any
	unreadPosts = 100 // that a search reads itself, and as many edits
	unreadWords = 2000
	unreadRunes = 16_000 // of the posts, and of the edits
	behind      = 50     // posts, of which learning is worth a write
)

// widen has words looked for in all their forms, in the asker's language and the workspace's. Words that say little are looked for when no other
// word is.
func (f *Finder) widen(ctx context.Context, r Request, t *terms) error {
	asked := []string{}
	for i, word := range t.words {
		if bare := strings.TrimFunc(word, unicode.IsPunct); inflected(bare) && len(asked) < mostWidened && !strings.HasSuffix(word, "*") {
			t.words[i] = bare
			asked = append(asked, bare)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	in := dictionaries(r.Locale, f.Config.Settings().Locale)
	rows, err := f.DB.FormsOf(ctx, dbsql.FormsOfParams{Words: asked, Dictionaries: in, Tomorrow: since(f.Now().AddDate(0, 0, 1)),
		MostPosts: unreadPosts, MostWords: unreadWords, MostLetters: unreadRunes, MostForms: mostForms, Behind: behind})
	if err != nil {
		return err
	}
	little := map[string]bool{}
	t.forms = map[string][]string{}
	late := false
	for _, row := range rows {
		same := func(form string) bool { return form == strings.ToLower(row.Word) }
		t.forms[row.Word], little[row.Word], late = slices.DeleteFunc(row.Forms, same), row.Little, row.Behind
	}
	if late {
		f.learnSoon(ctx, in)
	}
	says := func(word string) bool { return !little[word] }
	if words, _ := apart(t.words); len(t.phrases) > 0 || slices.ContainsFunc(words, says) {
		t.words = slices.DeleteFunc(t.words, func(word string) bool { return little[word] })
	}
	return nil
}

// inflected reports whether it can have other forms: those of numbers, addresses and what has signs are all the same.
func inflected(word string) bool {
	other := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) || unicode.Is(signs, r) }
	return word != "" && utf8.RuneCountInString(word) <= longest && !strings.ContainsFunc(word, other)
}

// since is the least id of what is made from a time on.
func since(t time.Time) (out id.ID) {
	for i, millis := 5, t.UnixMilli(); i >= 0; i, millis = i-1, millis>>8 {
		out[i] = byte(millis)
	}
	return out
}
