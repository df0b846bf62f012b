package certificate

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	key   = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	other = ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize)))
)

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func sample() Certificate {
	at, n := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC), int64(7)
	return Certificate{Format: Format, Installation: "longhouse.test", Workspace: Subject{ID: "ws_1", Name: "Größe", Slug: "engines", CreatedAt: at},
		Tenant: Owner{ID: "ten_1"}, AskedBy: "per_1", AskedAt: at, DeleteAt: at, Operation: "op_1", DeletedAt: at,
		Removed: []Removed{{Kind: "bucket", Name: "files-1", RemovedAt: &at, ObservedAt: at, Observed: "gone", Objects: &n, Bytes: &n}},
		Ages:    []Aging{{What: "the slug", Until: &at, Why: "held"}}}
}

func signed(t testing.TB, c Certificate) string {
	t.Helper()
	text, err := c.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatWasSignedIsReadBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{signed(t, sample()), signed(t, sample()) + "\n"} {
		if got, err := Verify(text, public(key)); err != nil || !reflect.DeepEqual(got, sample()) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestAnotherKeyOrAChangedByteIsFound(t *testing.T) {
	t.Parallel()
	text := signed(t, sample())
	if _, err := Verify(text, public(other)); err == nil || !strings.Contains(err.Error(), KeyID(public(other))) {
		t.Errorf("%v", err)
	}
	for i := range text {
		changed := []byte(text)
		changed[i] ^= 1
		if c, err := Verify(string(changed), public(key)); err == nil {
			t.Fatalf("with another byte %d it is taken: %+v", i, c)
		}
	}
}

func TestOtherFormsAreRefused(t *testing.T) {
	t.Parallel()
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	sign := func(head, body string) string {
		return head + "." + body + "." + encode(ed25519.Sign(key, []byte(head+"."+body)))
	}
	good := part(header{Algorithm: algorithm, Type: mediaType})
	newer := sample()
	newer.Format = 2
	for say, text := range map[string]string{
		"three parts":         "nonsense",
		"no base64url":        "a b." + part(sample()) + ".x",
		`signed by "none"`:    sign(part(header{Algorithm: "none", Type: mediaType}), part(sample())),
		`a "JWT"`:             sign(part(header{Algorithm: algorithm, Type: "JWT"}), part(sample())),
		"allowed is":          sign(part(header{Algorithm: algorithm, Type: mediaType, Critical: []string{"b64"}}), part(sample())),
		"format 1":            sign(good, part(newer)),
		"no JSON":             sign(good, encode([]byte("hello"))),
		"has 1048577 bytes":   strings.Repeat("x", sizeMost+1),
		"not signed by the k": good + "." + part(sample()) + ".",
	} {
		if c, err := Verify(text, public(key)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("want %q: %v, %+v", say, err, c)
		}
	}
}

// TestTheKeysNameIsItsThumbprint compares with the example of RFC 8037, appendix A.3.
func TestTheKeysNameIsItsThumbprint(t *testing.T) {
	t.Parallel()
	raw, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got := KeyID(raw); got != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Error(got)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(signed(f, sample()))
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := Verify(text, public(other)); err == nil {
			t.Fatalf("%q is taken: %+v", text, c)
		}
	})
}
