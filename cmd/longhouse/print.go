package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// show prints one value as JSON where that is wanted, else as text tells it.
func show(c *cobra.Command, value any, text func(line func(cells ...any))) error {
	if wantsJSON(c) {
		encoder := json.NewEncoder(c.OutOrStdout())
		encoder.SetEscapeHTML(false)
		return encoder.Encode(value)
	}
	return tell(c, text)
}

// tell prints lines, whose cells stand below each other.
func tell(c *cobra.Command, text func(line func(cells ...any))) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	text(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				_, _ = fmt.Fprint(table, "\t")
			}
			_, _ = oneLine.WriteString(table, fmt.Sprint(cell))
		}
		_, _ = fmt.Fprintln(table)
	})
	return table.Flush()
}

// when is a time for people.
func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func orDash[T ~string](text *T) string {
	if text == nil || *text == "" {
		return "-"
	}
	return string(*text)
}

// optional is nil for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// all reads a list to its end, or as far as it could.
func all[T any](page func(cursor *string, limit *int32) (items []T, next string, err error)) ([]T, error) {
	list := []T{}
	for cursor := ""; ; {
		items, next, err := page(optional(cursor), new(pageMost))
		if err != nil {
			return list, err
		}
		list = append(list, items...)
		if cursor = next; cursor == "" {
			return list, nil
		}
	}
}
