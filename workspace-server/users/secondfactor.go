package users

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"image/png"
	"net/http"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// A second factor is a code of the time as RFC 6238 has it, in the form that all apps for it know: six digits, a new one every 30 s, of which
// the one before and the one after are good as well.
const (
	codeEvery   = 30 // seconds
	codeAround  = 1
	secretBytes = 20
	drawnPixels = 256
)

var (
	errCodeWanted = fault.New(http.StatusUnauthorized, "mfa.validate_token.authenticate.app_error", "Enter the code of your second factor as well.")
	errCodeWrong  = fault.New(http.StatusUnauthorized, "api.user.check_user_mfa.bad_code.app_error", "The code is wrong, too old, or was used before.")
)

// OfferSecondFactor makes a secret for a user who has no second factor, which they take up by a code. Site is the workspace's name where the
// secret is kept.
func (d *Directory) OfferSecondFactor(ctx context.Context, u dbsql.User, site string) (*wire.MfaSecret, error) {
	secret := make([]byte, secretBytes)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, u.ID); err != nil { // as who takes one up does
			return err
		}
		n, err := q.OfferSecondFactor(ctx, dbsql.OfferSecondFactorParams{UserID: u.ID, Secret: secret, Now: d.Now.Millis()})
		if err == nil && n == 0 {
			return fault.New(http.StatusBadRequest, "mfa.generate_qr_code.create_code.app_error", "There is a second factor already: remove it before you set up another.")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: site, AccountName: u.Email, Secret: secret, Period: codeEvery, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return nil, err
	}
	drawn, err := key.Image(drawnPixels, drawnPixels)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		return nil, err
	}
	return &wire.MfaSecret{Secret: key.Secret(), QRCode: base64.StdEncoding.EncodeToString(out.Bytes())}, nil
}

// TakeUpSecondFactor has the user asked for a code from now on. The code shows that their device has the secret.
func (d *Directory) TakeUpSecondFactor(ctx context.Context, user id.ID, code string) error {
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, user); err != nil {
			return err
		}
		step, err := d.step(ctx, q, user, code)
		if err != nil {
			return err
		}
		if _, err := q.UseSecondFactor(ctx, dbsql.UseSecondFactorParams{UserID: user, Step: step}); err != nil {
			return err
		}
		u, err := q.UserByID(ctx, user)
		if err != nil {
			return err
		}
		return d.setSecondFactor(ctx, q, u, true)
	})
	if fault.Is(err, errCodeWrong.ID) { // who is signed in stays so: clients take a 401 for the end of their session
		return fault.New(http.StatusBadRequest, "mfa.activate.bad_token.app_error", "The code is wrong or too old. Check the clock of your device.")
	}
	if err == nil {
		d.Mail.Ring()
	}
	return err
}

// DropSecondFactor forgets a user's second factor.
func (d *Directory) DropSecondFactor(ctx context.Context, user id.ID) error {
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, user); err != nil { // or who takes it up meanwhile is asked for a code of nothing
			return err
		}
		u, err := found(q.UserByID(ctx, user))
		if err != nil {
			return err
		}
		if err := d.setSecondFactor(ctx, q, u, false); err != nil {
			return err
		}
		return q.ForgetSecondFactor(ctx, user)
	})
	if err == nil {
		d.Mail.Ring()
	}
	return err
}

// setSecondFactor notes whether a user has one, and where that is news promises them a letter: whoever sits at somebody else's device, or has
// become an admin, doesn't do that unseen.
func (d *Directory) setSecondFactor(ctx context.Context, q *dbsql.Queries, u dbsql.User, has bool) error {
	n, err := q.SetSecondFactor(ctx, dbsql.SetSecondFactorParams{UserID: u.ID, Active: has, Now: d.Now.Millis()})
	if err != nil || n == 0 || !d.Mail.Works() || (d.confirmed() && !u.EmailVerified) {
		return err
	}
	return d.Mail.Put(ctx, q, d.Mail.SecondFactor(u.Email, u.Username, has))
}

// step is the time, in steps of 30 s, of which a code is, if it is one that is good now and was not used.
func (d *Directory) step(ctx context.Context, q *dbsql.Queries, user id.ID, code string) (int64, error) {
	factor, err := q.SecondFactor(ctx, user)
	if store.Missing(err) {
		return 0, errCodeWrong
	}
	if err != nil {
		return 0, err
	}
	return stepOf(factor, code, d.Now())
}

func stepOf(factor dbsql.SecondFactor, code string, now time.Time) (int64, error) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(factor.Secret)
	at, good := now.Unix()/codeEvery, int64(0)
	for step := at - codeAround; step <= at+codeAround; step++ {
		want, err := hotp.GenerateCode(secret, uint64(step))
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > factor.Used {
			good = step
		}
	}
	if good == 0 {
		return 0, errCodeWrong
	}
	return good, nil
}
