package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

type listenerKey struct{}

// noteListener lets people hear on standard error of what delays a verb; programs hear only of how it ended.
func noteListener(c *cobra.Command) {
	if !wantsJSON(c) {
		c.SetContext(context.WithValue(c.Context(), listenerKey{}, c.ErrOrStderr()))
	}
}

func notice(ctx context.Context, format string, args ...any) {
	if listener, ok := ctx.Value(listenerKey{}).(io.Writer); ok {
		_, _ = fmt.Fprintf(listener, "longhouse: "+format+"\n", args...)
	}
}
