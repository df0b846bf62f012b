package controlplane

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestWhatIsOverIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var done SignedUp
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("engines"), keyName, "k1").into(t, &done)
	b.confirm(done.Person)
	person := b.uuid(id.Person, b.signUp("other").Person)
	_, _, err := b.store.NewConfirmation(t.Context(), person)
	b.must(err)
	left := func() (text string) {
		b.must(b.server.forget(t.Context()))
		for _, table := range []string{"sessions", "confirmations", "idempotency_keys", "persons"} {
			var n int
			b.must(b.pool.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n))
			text += fmt.Sprintf("%s=%d ", table, n)
		}
		return text
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, "sessions=2 confirmations=1 idempotency_keys=1 persons=2 "}, // the used confirmation is gone
		{keptFor + time.Minute, "sessions=2 confirmations=0 idempotency_keys=0 persons=2 "},
		{30 * 24 * time.Hour, "sessions=0 confirmations=0 idempotency_keys=0 persons=2 "},
	} {
		b.clock.move(c.after)
		if got := left(); got != c.want {
			t.Errorf("%s later: %s, want %s", c.after, got, c.want)
		}
	}
	b.want(http.StatusCreated, post, "/login", "", LoginBody{"engines@example.com", password})
}
