package trigger

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func TestATriggerIsForItsUserAndForAWhile(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := &Seal{Secret: []byte("secret"), Now: func() time.Time { return now }, Within: 30 * time.Second}
	user := id.New()
	client, trigger := s.Make(user)
	if gotClient, gotUser, err := s.Open(trigger); err != nil || gotClient != client || gotUser != user {
		t.Fatalf("%s %s (%v)", gotClient, gotUser, err)
	}
	text, _ := base64.StdEncoding.DecodeString(trigger)
	other := &Seal{Secret: []byte("other"), Now: s.Now, Within: s.Within}
	_, theirs := other.Make(user)
	for name, c := range map[string]struct{ trigger, says string }{
		"no base64": {"%", "base64_decode_failed"}, "short": {base64.StdEncoding.EncodeToString([]byte("a:b")), "missing_data"}, "another workspace": {theirs, "verify_signature_failed"},
		"another user": {base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(text), user.String(), id.New().String(), 1))), "verify_signature_failed"},
		"unsigned":     {base64.StdEncoding.EncodeToString([]byte("a:b:1:%")), "base64_decode_failed_signature"},
	} {
		if _, _, err := s.Open(c.trigger); !fault.Is(err, "interactive_message.decode_trigger_id."+c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now = now.Add(-time.Second)
	if _, _, err := s.Open(trigger); err != nil {
		t.Errorf("by an instance whose clock is behind: %v", err)
	}
	now = now.Add(31 * time.Second)
	if _, _, err := s.Open(trigger); err != nil {
		t.Errorf("in time: %v", err)
	}
	now = now.Add(time.Second)
	if _, _, err := s.Open(trigger); !fault.Is(err, "interactive_message.decode_trigger_id.expired") {
		t.Errorf("too late: %v", err)
	}
}
