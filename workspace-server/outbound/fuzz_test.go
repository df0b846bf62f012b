package outbound

import (
	"encoding/json"
	"net/http"
	"testing"
)

// FuzzAnswer: what is taken of an answer is one value that is read again as it was.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"text":"x"}`, `{"a":1,"a":2}`, `[]`, ``, `{"text":"\u0000"}`, "{}{}", `{"text":{}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var first, second map[string]any
		if (Answer{Body: body}).Decode(&first) != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil || (Answer{Body: again}).Decode(&second) != nil {
			t.Errorf("%q is not read again: %v", body, err)
		}
	})
}

// FuzzValid: an address that is valid can be called.
func FuzzValid(f *testing.F) {
	for _, address := range []string{"https://example.com/x?y#z", "http://u:p@[::1]:80", "ftp://x", "http://", "https:x", "javascript:1", "http://a b/", "http://%zz/"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if Valid(address) && (err != nil || r.URL.Hostname() == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https") {
			t.Errorf("%q is no address: %v", address, err)
		}
	})
}
