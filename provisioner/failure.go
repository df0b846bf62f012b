package provisioner

import (
	"context"
	"strings"
)

// failureMost is how many bytes of a failure are kept with the operation; the log has all of it.
const failureMost = 2000

// failure is an error as it is written down for operators: without what opens a cell or the operation's storage.
func (r *Run) failure(ctx context.Context, err error) string {
	text := err.Error()
	for _, secret := range r.secrets(ctx) {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return r.engine.failure(text)
}

// failure hides what opens any of the cells that are reached, and cuts off what is too long.
func (e *Engine) failure(text string) string {
	for _, cell := range e.cells.all() {
		text = cell.Site.hide(text)
	}
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if len(text) <= failureMost {
		return text
	}
	return strings.ToValidUTF8(text[:failureMost], "") + "…"
}

// secrets open the operation's storage, where it has one.
func (r *Run) secrets(ctx context.Context) []string {
	row, err := r.storage(ctx)
	if err != nil {
		return nil
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return nil
	}
	return []string{keys.Database, keys.Files, keys.Exports}
}
