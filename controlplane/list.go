package controlplane

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// List is one page of things, newest first.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor" doc:"Asks for the next page; empty: this is the last one"`
}

// ListOut answers with a page.
type ListOut[T any] struct{ Body List[T] }

// PageIn asks for a page.
type PageIn struct {
	Limit  int32  `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at the most"`
	Cursor string `query:"cursor" maxLength:"64" doc:"The next_cursor of the page before; leave it out for the first"`

	list string // which is paged through
}

// Resolve implements huma.Resolver.
func (in *PageIn) Resolve(hc huma.Context) []error {
	in.list = listName(hc.URL())
	return nil
}

// page reads one item more than is shown, to know whether there are others.
func (in PageIn) page(ctx context.Context) (tenants.Page, error) {
	page := tenants.Page{Limit: in.Limit + 1}
	if in.Cursor == "" {
		return page, nil
	}
	before, ok := readCursor(in.list, in.Cursor)
	if !ok {
		return page, wrongQuery(ctx, "cursor", "the cursor is not one that this list gave out; take next_cursor of the page before and ask for the same, or leave it out")
	}
	page.Before = before
	return page, nil
}

// paged shows what was read for a page.
func paged[T, B any](in PageIn, read []T, key func(T) uuid.UUID, show func(T) B) *ListOut[B] {
	var next string
	if most := int(in.Limit); len(read) > most {
		read = read[:most]
		next = showCursor(in.list, key(read[most-1]))
	}
	out := whole(read, show)
	out.Body.NextCursor = next
	return out
}

// whole shows a list that has no pages.
func whole[T, B any](read []T, show func(T) B) *ListOut[B] {
	items := make([]B, 0, len(read))
	for _, t := range read {
		items = append(items, show(t))
	}
	return &ListOut[B]{Body: List[B]{Items: items}}
}
