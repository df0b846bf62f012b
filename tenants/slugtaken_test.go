package tenants

import "testing"

func TestOnlyWhoHadASlugIsToldUntilWhenItIsHeld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	b.confirm(p)
	_, op, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{Now: true, Confirm: "engines"})
	b.must(err)
	b.end(*op, Succeeded)
	_, _, err = b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: done.Tenant.ID, Name: "Engines", Slug: "engines"})
	b.refused(err, Conflict, "is taken: it was that of a workspace of yours that is deleted, and is held until 2030-05-30T12:00:00Z")
	_, err = b.store.SignUp(t.Context(), SignUp{Email: "x@example.com", Password: password, Tenant: "x", Slug: "engines"})
	b.refused(err, Conflict, `"engines" is taken; choose another`)
	b.refused(b.store.SlugFree(t.Context(), "engines"), Conflict, `"engines" is taken; choose another`)
}
