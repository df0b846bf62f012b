package search

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	settled    = 30 * time.Second // after which no post comes any more whose id was made before
	atATime    = 5000             // posts, edits or words, so that a turn takes a tenth of a second,
	bytesTime  = 256 << 10        // and as much of long ones
	mostWords  = 300_000
	enough     = mostWords - mostWords/10
	pause      = 10 * time.Second // between two times that searches have words learned
	mostBehind = 5 * time.Minute  // for a search's learning: what is left is for the next, or the hour's
)

// Learn reads what was posted since, so that words are found in their other forms, in the languages of all who may search. It can end anywhere, and
// goes on from there; of several instances each turn is one's.
func (f *Finder) Learn(ctx context.Context) error {
	locales, err := f.DB.SearchLocales(ctx)
	if err != nil {
		return err
	}
	if err := f.DB.BeginRound(ctx); err != nil {
		return err
	}
	return f.learn(ctx, dictionaries(append(locales, f.Config.Settings().Locale)...))
}

func (f *Finder) learn(ctx context.Context, dictionaries []string) error {
	until := since(f.Now().Add(-settled))
	if err := turns(ctx, func() (int64, error) {
		return f.DB.LearnWords(ctx, dbsql.LearnWordsParams{Settled: until, MostPosts: atATime, MostBytes: bytesTime, MostWords: mostWords})
	}); err != nil {
		return fmt.Errorf("learn words: %w", err)
	}
	if err := f.forget(ctx, dbsql.ForgetWordsParams{Settled: until, Enough: enough, MostWords: mostWords}); err != nil {
		return fmt.Errorf("forget words: %w", err)
	}
	if err := f.DB.BeginLanguages(ctx, dictionaries); err != nil {
		return fmt.Errorf("begin languages: %w", err)
	}
	for _, dictionary := range dictionaries {
		if err := turns(ctx, func() (int64, error) {
			return f.DB.LearnStems(ctx, dbsql.LearnStemsParams{Dictionary: dictionary, Most: atATime})
		}); err != nil {
			return fmt.Errorf("learn stems by %s: %w", dictionary, err)
		}
	}
	return nil
}

// forget does so with words and what is known of them at once: whatever ends in between, nothing is left of words that are gone.
func (f *Finder) forget(ctx context.Context, which dbsql.ForgetWordsParams) error {
	return missing(f.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if _, err := q.HoldLanguages(ctx); err != nil {
			return err
		}
		forgotten, err := q.ForgetWords(ctx, which)
		if err != nil || forgotten == 0 {
			return err
		}
		return q.ForgetStems(ctx)
	}))
}

// turns takes one after another until there is nothing left to read, or another instance is at it. It waits as long as it works: who posts
// meanwhile needs the processors too.
func turns(ctx context.Context, turn func() (int64, error)) error {
	for {
		began := time.Now()
		n, err := turn()
		if err != nil || n == 0 {
			return missing(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}

// missing is what is wrong, unless that another instance is at it.
func missing(err error) error {
	if store.Missing(err) {
		return nil
	}
	return err
}

// learnSoon has the words learned that a search found unlearned, and doesn't wait for it.
func (f *Finder) learnSoon(ctx context.Context, dictionaries []string) {
	now, last := f.Now().UnixMilli(), f.learning.Load()
	if now < last+pause.Milliseconds() || !f.learning.CompareAndSwap(last, now) {
		return
	}
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), mostBehind)
	go func() {
		defer end()
		if err := guard.Call(func() error { return f.learn(ctx, dictionaries) }); err != nil && ctx.Err() == nil {
			f.Log.Warn("words are not learned", "error", err.Error())
		}
	}()
}
