package search

import (
	"context"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FindFiles answers files of posts whose names fit, newest first. Terms that say nothing find nothing.
func (f *Finder) FindFiles(ctx context.Context, r Request) (*wire.FileInfoList, error) {
	out := &wire.FileInfoList{Order: []id.ID{}, FileInfos: map[id.ID]*wire.FileInfo{}}
	t := parse(r.Terms, r.East).ofNames()
	t.anyOf = r.AnyOf
	if t.none() && len(t.extensions)+len(t.notExtensions) == 0 {
		return out, nil
	}
	b, err := f.bounds(ctx, r, t)
	if err != nil {
		return nil, err
	}
	wanted, unwanted := joined(t.words, t.joint()), joined(t.notWords, " | ")
	rows, err := f.DB.SearchFiles(ctx, dbsql.SearchFilesParams{UserID: r.User, TeamID: r.Team, IncludeArchived: r.IncludeArchived, Wanted: wanted, Unwanted: unwanted,
		Extensions: some(t.extensions), NotExtensions: some(t.notExtensions), ByAuthor: len(t.from) > 0, Authors: b.authors, NotAuthors: b.notAuthors,
		ByChannel: len(t.in) > 0, Channels: b.channels, NotChannels: b.notChannels, Since: millis(t.since), Until: millis(t.until),
		NotSince: millis(t.notSince), NotUntil: millis(t.notUntil), MaxRows: int32(r.Size), Skip: int32(r.Page * r.Size)})
	for _, row := range rows {
		out.Order = append(out.Order, row.ID)
		out.FileInfos[row.ID] = posts.FileInfo(row)
	}
	return out, err
}

const mostNames = 500 // whose words are noted at a time, so that nobody waits for long who changes one of the files

// ReadNames lets files be found that were there before their names could be looked for.
func (f *Finder) ReadNames(ctx context.Context) error {
	for {
		n, err := f.DB.NoteFileWords(ctx, mostNames)
		if err != nil || n < mostNames {
			return err
		}
	}
}

// ofNames is what the terms look for in names, which have no hashtags.
func (t terms) ofNames() terms {
	named := func(words, tags []string) (out []string) {
		for _, word := range slices.Concat(words, tags) {
			if word = fileWords(word); word != "" {
				out = append(out, word)
			}
		}
		return out
	}
	t.words, t.notWords = named(slices.Concat(t.words, t.phrases), t.tags), named(t.notWords, t.notTags)
	t.phrases, t.tags, t.notTags = nil, nil, nil
	return t
}
