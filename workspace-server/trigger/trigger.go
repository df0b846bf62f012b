// Package trigger owns the proofs that somebody has just done something: typed a command, pressed a button. The program that is called for it
// gets one, and may open a dialog for them by it, for a while. It never opens any.
package trigger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Seal makes trigger ids, and knows its own.
type Seal struct {
	Secret []byte // of the workspace
	Now    clock.Clock
	Within time.Duration
}

// Make gives the id by which the user's client knows what it waits for, and the one that the program gets.
func (s *Seal) Make(user id.ID) (client, trigger string) {
	client = id.New().String()
	said := client + ":" + user.String() + ":" + strconv.FormatInt(s.Now.Millis(), 10) + ":"
	return client, base64.StdEncoding.EncodeToString([]byte(said + base64.StdEncoding.EncodeToString(s.sign(said))))
}

func (s *Seal) sign(said string) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("trigger " + said))
	return mac.Sum(nil)
}

func wrong(what, says string) error {
	return fault.New(http.StatusBadRequest, "interactive_message.decode_trigger_id."+what, "The trigger_id %s.", says)
}

// Open reads what a program got: the id for the client, and the user.
func (s *Seal) Open(trigger string) (client string, user id.ID, err error) {
	text, err := base64.StdEncoding.DecodeString(trigger)
	if err != nil {
		return "", user, wrong("base64_decode_failed", "is no base64")
	}
	parts := strings.Split(string(text), ":")
	if len(parts) != 4 {
		return "", user, wrong("missing_data", "has not all of its parts")
	}
	signature, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return "", user, wrong("base64_decode_failed_signature", "has a signature that is no base64")
	}
	if !hmac.Equal(signature, s.sign(strings.Join(parts[:3], ":")+":")) {
		return "", user, wrong("verify_signature_failed", "is none that this server gave")
	}
	at, wrongTime := strconv.ParseInt(parts[2], 10, 64)
	user, wrongUser := id.Parse(parts[1])
	// Another instance may have made it, whose clock is ahead.
	if age := time.Duration(s.Now.Millis()-at) * time.Millisecond; wrongTime != nil || wrongUser != nil || age.Abs() > s.Within {
		return "", user, wrong("expired", "has expired: it can be used for "+s.Within.String())
	}
	return parts[0], user, nil
}
