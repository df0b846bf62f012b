package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// wary is a workspace whose member has a password, and perhaps a second factor.
type wary struct {
	*bundle
	now    time.Time
	secret string
}

const bensPassword = "bens-password"

func setupWary(t *testing.T) *wary {
	t.Helper()
	w := &wary{bundle: setup(t), now: time.Now()}
	w.api.Users.Now = w.clock
	if err := w.api.Users.ResetPassword(t.Context(), w.member.id, bensPassword); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *wary) clock() time.Time { return w.now }

// code is what the member's device shows some time from now.
func (w *wary) code(from time.Duration) string {
	w.t.Helper()
	code, err := totp.GenerateCode(w.secret, w.now.Add(from))
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// takeUp gives the member a second factor, and lets its first code run out.
func (w *wary) takeUp() *wary {
	w.t.Helper()
	w.secret = must[wire.MfaSecret](w.bundle, w.member, http.MethodPost, "/users/me/mfa/generate", nil).Secret
	w.must(w.member, http.MethodPut, "/users/me/mfa", map[string]any{"activate": true, "code": w.code(0)})
	w.now = w.now.Add(time.Minute)
	return w
}

func (w *wary) comes(code string) answer {
	w.t.Helper()
	return w.call(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": "ben", "password": bensPassword, "token": code})
}

const (
	codeWanted = "mfa.validate_token.authenticate.app_error"
	codeWrong  = "api.user.check_user_mfa.bad_code.app_error"
)

func TestASecondFactorIsTakenUpByACodeOfIt(t *testing.T) {
	t.Parallel()
	w := setupWary(t)
	set := func(as person, body map[string]any) answer {
		return w.call(as, http.MethodPut, w.user(w.member)+"/mfa", body)
	}
	w.refuses(set(w.member, map[string]any{"activate": true, "code": "123456"}), http.StatusBadRequest, "mfa.activate.bad_token.app_error")
	first := must[wire.MfaSecret](w.bundle, w.member, http.MethodPost, "/users/me/mfa/generate", nil)
	offered := must[wire.MfaSecret](w.bundle, w.member, http.MethodPost, "/users/me/mfa/generate", nil)
	picture, err := base64.StdEncoding.DecodeString(offered.QRCode)
	if err != nil || len(offered.Secret) != 32 || offered.Secret == first.Secret {
		t.Fatalf("offered %+v (%v)", offered, err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	if got := w.comes(""); got.status != http.StatusOK {
		t.Errorf("before it is taken up: %d %s", got.status, got.body)
	}
	w.secret = first.Secret
	w.refuses(set(w.member, map[string]any{"activate": true, "code": w.code(0)}), http.StatusBadRequest, "mfa.activate.bad_token.app_error")
	w.secret = offered.Secret
	w.refuses(set(w.member, map[string]any{"code": w.code(0)}), http.StatusBadRequest, "api.context.invalid_body_param.app_error")
	w.refuses(set(w.member, map[string]any{"activate": true}), http.StatusBadRequest, "api.context.invalid_body_param.app_error")
	for _, other := range []person{w.admin, w.outside} {
		w.refuses(set(other, map[string]any{"activate": true, "code": w.code(0)}), http.StatusForbidden, "api.context.permissions.app_error")
		w.refuses(w.call(other, http.MethodPost, w.user(w.member)+"/mfa/generate", nil), http.StatusForbidden, "api.context.permissions.app_error")
	}
	if got := set(w.member, map[string]any{"activate": true, "code": w.code(0)}); got.status != http.StatusOK {
		t.Fatalf("taken up: %d %s", got.status, got.body)
	}
	w.refuses(w.call(w.member, http.MethodPost, "/users/me/mfa/generate", nil), http.StatusBadRequest, "mfa.generate_qr_code.create_code.app_error")
	for _, c := range []struct {
		as   person
		want bool
	}{{w.member, true}, {w.admin, true}, {w.outside, false}} {
		if got := must[wire.User](w.bundle, c.as, http.MethodGet, w.user(w.member), nil); got.MfaActive != c.want || got.MfaSecret != "" {
			t.Errorf("shown is %+v", got)
		}
	}
}

func TestWhoHasASecondFactorSignsInWithIt(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	w.refuses(w.comes(""), http.StatusUnauthorized, codeWanted)
	w.refuses(w.call(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": "ben", "password": "wrong", "token": w.code(0)}), http.StatusUnauthorized,
		"api.user.login.invalid_credentials_email_username")
	for why, code := range map[string]string{"none": "000000x", "of long ago": w.code(-90 * time.Second), "of later": w.code(90 * time.Second)} {
		if got := w.comes(code); got.status != http.StatusUnauthorized || got.error().ID != codeWrong {
			t.Errorf("%s: %d %s", why, got.status, got.body)
		}
	}
	before := w.code(-30 * time.Second)
	if got := w.comes(" " + w.code(0)); got.status != http.StatusOK {
		t.Fatalf("with the code: %d %s", got.status, got.body)
	}
	w.refuses(w.comes(w.code(0)), http.StatusUnauthorized, codeWrong) // somebody looked over their shoulder
	w.refuses(w.comes(before), http.StatusUnauthorized, codeWrong)
	w.now = w.now.Add(30 * time.Second)
	if got := w.comes(w.code(30 * time.Second)); got.status != http.StatusOK {
		t.Errorf("of a device whose clock is fast: %d %s", got.status, got.body)
	}
}

func TestACodeOpensOneSessionHoweverManyComeWithIt(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	code, in := w.code(0), make([]int, 6)
	var all sync.WaitGroup
	for i := range in {
		all.Go(func() { in[i] = w.comes(code).status })
	}
	all.Wait()
	opened := 0
	for _, status := range in {
		if status == http.StatusOK {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("it opened %d: %v", opened, in)
	}
}

func TestGuessesOfCodesAreFew(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	for range 20 {
		w.refuses(w.comes(""), http.StatusUnauthorized, codeWanted) // is no guess
	}
	for n := range 10 {
		w.refuses(w.comes(fmt.Sprintf("%06dx", n)), http.StatusUnauthorized, codeWrong)
	}
	w.refuses(w.comes(w.code(0)), http.StatusUnauthorized, "api.user.check_user_login_attempts.too_many.app_error")
	w.now = w.now.Add(time.Hour)
	if got := w.comes(w.code(0)); got.status != http.StatusOK {
		t.Errorf("later: %d %s", got.status, got.body)
	}
}

func TestASecondFactorIsRemovedByItsUserAndByAdmins(t *testing.T) {
	t.Parallel()
	w := setupWary(t).takeUp()
	drop := map[string]any{"activate": false}
	w.refuses(w.call(w.outside, http.MethodPut, w.user(w.member)+"/mfa", drop), http.StatusForbidden, "api.context.permissions.app_error")
	w.must(w.admin, http.MethodPut, w.user(w.member)+"/mfa", drop)
	if got := w.comes(""); got.status != http.StatusOK {
		t.Fatalf("without: %d %s", got.status, got.body)
	}
	w.takeUp()
	w.mustDecide("ServiceSettings.EnableMultifactorAuthentication", false)
	w.refuses(w.comes(""), http.StatusUnauthorized, codeWanted) // what somebody relies on isn't taken away
	w.must(w.member, http.MethodPut, "/users/me/mfa", drop)
	w.refuses(w.call(w.member, http.MethodPost, "/users/me/mfa/generate", nil), http.StatusNotImplemented, "mfa.mfa_disabled.app_error")
	if told := must[map[string]string](w.bundle, person{}, http.MethodGet, "/config/client", nil); told["EnableMultifactorAuthentication"] != "false" {
		t.Error("clients are told that there are second factors")
	}
}
