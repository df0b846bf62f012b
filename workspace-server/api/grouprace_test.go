package api_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// Who takes a name has not committed yet when another of the other kind asks for the same one: a group, of that very user, and a user.
func TestANameThatIsTakenMeanwhileIsOfOneOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	meanwhile := func(taken string, asks func() answer) answer {
		tx, err := b.db().Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), taken, b.outside.id); err != nil {
			t.Fatal(err)
		}
		came := make(chan answer, 1)
		go func() { came <- asks() }()
		b.untilSomebodyWaitsOr(came)
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		return <-came
	}
	rename := "update users set username = 'masons' where id = $1"
	for _, members := range [][]person{{b.outside}, {b.member}} {
		got := meanwhile(rename, func() answer { return b.call(b.member, http.MethodPost, "/groups", newGroup("masons", members...)) })
		if got.status != http.StatusBadRequest || got.error().ID != "app.group.username_conflict" {
			t.Errorf("a group of %d: %d %s", len(members), got.status, got.body)
		}
		if _, err := b.db().Exec(t.Context(), "update users set username = 'cy' where id = $1", b.outside.id); err != nil {
			t.Fatal(err)
		}
	}
	got := meanwhile("insert into user_groups (id, name, display_name, create_at, update_at) values ($1, 'masons', 'Masons', 1, 1)", func() answer {
		return b.call(b.member, http.MethodPut, "/users/me/patch", map[string]string{"username": "masons"})
	})
	if got.status != http.StatusBadRequest || got.error().ID != "app.user.save.username_exists.app_error" {
		t.Errorf("a user: %d %s", got.status, got.body)
	}
}

// Users and groups of them want the same names, and the groups each other's: one gets each, and nobody waits for who waits for them.
func TestNamesThatManyWantAreOfOneEach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := []person{b.member, b.outside, b.newUser("dee"), b.newUser("eve")}
	first, second := b.group("tilers", people...), b.group("roofers", people...)
	var all sync.WaitGroup
	ask := func(as person, method, path string, body any) {
		all.Go(func() {
			if got := b.call(as, method, path, body); got.status >= http.StatusInternalServerError {
				t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
			}
		})
	}
	for n := range 12 {
		name := fmt.Sprintf("masons%d", n)
		for _, p := range people {
			ask(p, http.MethodPut, "/users/me/patch", map[string]string{"username": name})
		}
		ask(b.admin, http.MethodPost, "/groups", newGroup(name, people...))
		ask(b.admin, http.MethodPut, groupAt(first)+"/patch", map[string]string{"name": []string{"tilers", "roofers", name}[n%3]})
		ask(b.admin, http.MethodPut, groupAt(second)+"/patch", map[string]string{"name": []string{"roofers", "tilers", name}[n%3]})
		ask(b.admin, http.MethodPost, groupAt(first)+"/members", of(people...))
		ask(b.admin, http.MethodDelete, groupAt(first)+"/members", of(people[1:]...))
		all.Wait()
	}
	var both int
	if err := b.db().QueryRow(t.Context(), "select count(*) from users u join user_groups g on g.name = u.username").Scan(&both); err != nil || both > 0 {
		t.Errorf("%d names are of a user and of a group (%v)", both, err)
	}
}
