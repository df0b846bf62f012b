package protocol

import (
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
	"github.com/pquerna/otp/totp"
)

func TestPeopleSignInWithASecondFactor(t *testing.T) {
	t.Parallel()
	w, _, ben, _ := talk(t)
	ctx := t.Context()
	offered := ok[*model.MfaSecret](t)(ben.GenerateMfaSecret(ctx, ben.me.Id))
	now := time.Now()
	code, err := totp.GenerateCode(offered.Secret, now)
	if err != nil || offered.QRCode == "" {
		t.Fatalf("offered %+v (%v)", offered, err)
	}
	if _, err := ben.UpdateUserMfa(ctx, ben.me.Id, code, true); err != nil {
		t.Fatal(err)
	}
	fresh := w.as("")
	_, _, err = fresh.Login(ctx, "ben", "bens-password")
	if e, is := err.(*model.AppError); !is || e.Id != "mfa.validate_token.authenticate.app_error" {
		t.Errorf("without a code: %v", err)
	}
	if code, err = totp.GenerateCode(offered.Secret, now.Add(30*time.Second)); err != nil { // the one before was used
		t.Fatal(err)
	}
	user := ok[*model.User](t)(fresh.LoginWithMFA(ctx, "ben", "bens-password", code))
	if user.Id != ben.me.Id || !user.MfaActive {
		t.Errorf("signed in as %+v", user)
	}
}
