package strictjson

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCheck: of a body that is let through all readers make the same, and a database keeps it at its size: nothing is said twice,
// nothing is deep, no number grows.
func FuzzCheck(f *testing.F) {
	for _, body := range []string{`{"a":{"a":"a"},"b":[{"a":1},{"a":1}]}`, `{"a":1,"\u0061":2}`, `{"a":"\ud800"}`, `{"a":"\u0000"}`, "\"\xff\"", `{} {}`, `[1e999]`, `{"a":1,}`, "\ufeff{}",
		strings.Repeat("[", 17) + strings.Repeat("]", 17), strings.Repeat(`{"a":`, 60_000), `{"a":[{"b":1,"c":{"b":1},"b":2}]}`, "null", " ", `{"":{"":""},"":1}`, `[1e40]`, `[-0.1e-38,10e+0038]`, `1E-999999999999999999999`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		const most = 16
		if Check(body, most) != nil {
			return
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil || !utf8.Valid(body) {
			t.Fatalf("%q was let through: %v", body, err)
		}
		depth, members, nul := shape(value)
		if wantDepth, wantMembers := marks(body); depth > most || wantDepth > most || members != wantMembers && value != nil || nul {
			t.Errorf("%q was let through: %d deep, %d of %d members, NUL %t", body, wantDepth, members, wantMembers, nul)
		}
		if kept := writtenOut(value); kept > 10*len(body) {
			t.Errorf("%q was let through, of which a database makes %d bytes", body, kept)
		}
	})
}

// shape measures what a reader has made of a body.
func shape(value any) (depth, members int, nul bool) {
	inner := []any{}
	switch v := value.(type) {
	case string:
		return 0, 0, strings.ContainsRune(v, 0)
	case map[string]any:
		for name, value := range v {
			inner, nul = append(inner, value), nul || strings.ContainsRune(name, 0)
		}
		members = len(v)
	case []any:
		inner = v
	default:
		return 0, 0, false
	}
	for _, value := range inner {
		d, m, n := shape(value)
		depth, members, nul = max(depth, d), members+m, nul || n
	}
	return depth + 1, members, nul
}

// marks measures the text of a body: its brackets, and its colons outside of texts.
func marks(body []byte) (depth, members int) {
	open, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			open++
			depth = max(depth, open)
		case c == '}' || c == ']':
			open--
		case c == ':':
			members++
		}
	}
	return depth, members
}

// writtenOut is how many bytes the numbers of a value take without exponents.
func writtenOut(value any) (n int) {
	switch v := value.(type) {
	case float64:
		return len(big.NewFloat(v).Text('f', -1))
	case map[string]any:
		for _, value := range v {
			n += writtenOut(value)
		}
	case []any:
		for _, value := range v {
			n += writtenOut(value)
		}
	}
	return n
}
