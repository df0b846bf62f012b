package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Otherwise somebody would be asked for a code that no device shows.
func TestASecondFactorThatIsTakenUpMeanwhileIsRemoved(t *testing.T) {
	t.Parallel()
	w := setupWary(t)
	drop := map[string]any{"activate": false}
	w.must(w.member, http.MethodPost, "/users/me/mfa/generate", nil)
	got := w.holding(w.member, "update users set second_factor = true where id = $1", func() answer {
		return w.call(w.member, http.MethodPut, "/users/me/mfa", drop)
	})
	if in := w.comes(""); got.status != http.StatusOK || in.status != http.StatusOK {
		t.Errorf("removed: %d %s, and then sign-in: %d %s", got.status, got.body, in.status, in.body)
	}
	w.refuses(w.call(w.admin, http.MethodPut, "/users/"+id.New().String()+"/mfa", drop), http.StatusNotFound, "app.user.get.find.app_error")
}

const tooMany = "api.user.check_user_login_attempts.too_many.app_error"

// Who reads somebody's mails sets their password as often as they like: a second factor is for just that.
func TestAPasswordThatIsSetAllowsNoMoreGuessesOfCodes(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	for n := range 10 {
		w.refuses(w.comes(fmt.Sprintf("%06dx", n)), http.StatusUnauthorized, codeWrong)
	}
	if err := w.api.Users.ResetPassword(t.Context(), w.member.id, bensPassword); err != nil {
		t.Fatal(err)
	}
	w.refuses(w.comes(w.code(0)), http.StatusUnauthorized, tooMany)
}

// However many come at the same time, and to however many instances.
func TestACodeIsNotComparedOnceGuessesHaveRunOutMeanwhile(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	got := w.holding(w.member, "update users set failed_attempts = 10, last_failure_at = 9000000000000 where id = $1", func() answer { return w.comes(w.code(0)) })
	w.refuses(got, http.StatusUnauthorized, tooMany)
}
