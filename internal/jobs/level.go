package jobs

import (
	"context"
	"log/slog"
)

// levelAtLeast passes records on from a level up.
type levelAtLeast struct {
	slog.Handler
	least slog.Level
}

// Enabled implements slog.Handler.
func (l levelAtLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= l.least && l.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (l levelAtLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelAtLeast{l.Handler.WithAttrs(attrs), l.least}
}

// WithGroup implements slog.Handler.
func (l levelAtLeast) WithGroup(name string) slog.Handler {
	return levelAtLeast{l.Handler.WithGroup(name), l.least}
}
