package tenants

import (
	"context"
	"testing"
)

// TestWhoLosesTheRoleWhileTheyAreAnsweredGetsNoLink: it would be one that nobody takes back, and good as soon as they get the role again.
func TestWhoLosesTheRoleWhileTheyAreAnsweredGetsNoLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, done := b.closedHouse("engines")
	b.person("second")
	as := func(role Role) {
		t.Helper()
		_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "second@example.com", role)
		b.must(err)
	}
	as(Owner)
	wish := b.wish("second@example.com", "")
	tx, err := b.pool.Begin(t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "select from workspaces where id = $1 for update", done.Workspace.ID)
	b.must(err)
	answered := make(chan error, 1)
	go func() {
		_, err := b.store.AnswerBreakGlass(context.Background(), wish)
		answered <- err
	}()
	b.waiting(1) // who is an owner has been found out by now
	as(Admin)
	b.must(tx.Commit(t.Context()))
	b.must(<-answered)
	as(Owner)
	if links := b.mailed(); len(links) != 0 {
		t.Errorf("%d links are mailed", len(links))
	}
}
