package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const (
	// pageMost is how much the API gives at a time.
	pageMost = int32(200)
	// newestMost is how much of a history is shown unless more is asked for.
	newestMost = 100
)

// history is a list that grows without end, the newest first.
type history[T any] struct {
	page func(cursor *string, limit *int32) (items []T, next string, err error)
	head []any
	row  func(T) []any
}

// limiting adds the flag that says how much of a history is wanted.
func limiting(c *cobra.Command) *uint32 {
	return c.Flags().Uint32("limit", newestMost, "how many to list at the most; 0: all")
}

// print shows the newest, page by page as they come, and says on standard error when there are more. JSON is one value, at the end.
func (h history[T]) print(c *cobra.Command, most uint32) error {
	list, seen := []T{}, uint32(0)
	for cursor := ""; ; {
		limit := pageMost
		if most > 0 {
			limit = int32(min(most-seen, uint32(pageMost)))
		}
		items, next, err := h.page(optional(cursor), &limit)
		if err != nil {
			return err
		}
		if wantsJSON(c) {
			list = append(list, items...)
		} else if err := h.table(c, items, seen == 0); err != nil {
			return err
		}
		seen += uint32(len(items))
		if cursor = next; cursor != "" && seen != most {
			continue
		}
		if cursor != "" {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "these are the newest %d, and there are more: --limit %d shows twice as many, --limit 0 all\n", seen, 2*seen)
		}
		if wantsJSON(c) {
			return show(c, list, nil)
		}
		return nil
	}
}

func (h history[T]) table(c *cobra.Command, items []T, first bool) error {
	return tell(c, func(line func(...any)) {
		if first {
			line(h.head...)
		}
		for _, item := range items {
			line(h.row(item)...)
		}
	})
}
