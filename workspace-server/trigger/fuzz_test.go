package trigger

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// FuzzTrigger: what opens says what was sealed, and nothing else does.
func FuzzTrigger(f *testing.F) {
	s := &Seal{Secret: []byte(rand.Text()), Now: time.Now, Within: time.Hour}
	user := id.New()
	client, good := s.Make(user)
	for _, text := range []string{good, "", "YTpiOmM6ZA==", "%", good[1:]} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { // each process of the fuzzer has a secret of its own
		if gotClient, gotUser, err := s.Open(text); err == nil && (gotClient != client || gotUser != user) {
			t.Errorf("%q opens it", text)
		}
	})
}
