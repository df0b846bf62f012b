package edge

import (
	"encoding/json"
	"testing"
)

// FuzzAppendText: every text is JSON in the log, and comes back as it was, but for what is no UTF-8.
func FuzzAppendText(f *testing.F) {
	for _, text := range []string{"", "plain", `a"b\c`, "\n\x00\x7f", "\xff\xfe", "ü<>&\u2028"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := appendText(nil, text)
		var again string
		if err := json.Unmarshal(written, &again); err != nil || again != string([]rune(text)) {
			t.Errorf("%q is written as %s: %v", text, written, err)
		}
	})
}
