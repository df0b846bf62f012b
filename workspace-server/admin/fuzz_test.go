package admin

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/border"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// FuzzToken: of all headers only that of the token which was signed is let in, and of all claims, even signed ones, only those of a named
// caller, for this workspace, for a minute.
func FuzzToken(f *testing.F) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	settings := config.Admin{WorkspaceID: "ws_one", Key: private.Public().(ed25519.PublicKey)}
	now := time.Unix(1_800_000_000, 0)
	signed := func(head, claims string) string {
		text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, []byte(text)))
	}
	const head, claims = `{"alg":"EdDSA","typ":"JWT"}`, `{"sub":"op_somebody","aud":["ws_one"],"exp":1800000050}`
	good := signed(head, claims)
	for _, header := range []string{good, good + "=", good[:len(good)-1] + "x", slack(good), good + ".x", "bearer " + good[7:], "Bearer  " + good[7:], signed(`{"alg":"none"}`, claims), signed(`{"alg":"HS256"}`, claims), "Bearer a.b.c", ""} {
		f.Add(header, claims)
	}
	for _, claims := range []string{`{"sub":"x","aud":"ws_one","exp":1800000050.5}`, `{"sub":"x","aud":["ws_two","ws_one"],"exp":1800000050}`, `{"sub":"x","aud":["ws_one"],"exp":1900000000}`, `{"sub":"","aud":["ws_one"],"exp":1800000050}`,
		`{"sub":"x","aud":["ws_one"]}`, `{"sub":"x","aud":["ws_one"],"exp":1e300}`, `{"sub":"x","aud":["ws_one"],"exp":-1}`, `{"sub":"x","aud":["ws_one"],"exp":1800000050,"nbf":1800000040}`, `{"aud":{}}`, `null`, `{"sub":"x","exp":"1800000050"}`} {
		f.Add(good, claims)
	}
	f.Fuzz(func(t *testing.T, header, claims string) {
		if who, err := verify(header, settings, now); err == nil && header != good || err != nil && len(header) > 20 && strings.Contains(err.Error(), header) {
			t.Errorf("%q is %q, %v", header, who, err)
		}
		who, err := verify(signed(head, claims), settings, now)
		if err != nil {
			return
		}
		var said struct {
			Sub string
			Exp float64
			Nbf float64
		}
		if err := json.Unmarshal([]byte(claims), &said); err != nil || who == "" || who != said.Sub || said.Nbf > float64(now.Unix()) || !strings.Contains(claims, "ws_one") && !strings.Contains(claims, `\u`) ||
			said.Exp <= float64(now.Unix()) || said.Exp > float64(now.Unix())+66 {
			t.Errorf("%q is %q: %+v, %v", claims, who, said, err)
		}
	})
}

// slack is a header with another last letter that differs only in bits which stand for nothing.
func slack(header string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, header[len(header)-1])
	return header[:len(header)-1] + letters[last^1:][:1]
}

// FuzzBody: a body is one object of the route's own fields, each once, and written again it is the same.
func FuzzBody(f *testing.F) {
	for _, text := range []string{`{"user_id":"ybndrfg8ejkmcpqxot1uwisza3"}`, `{"user_id":""}`, `{"user_id":"x"}`, `{"user_id":"","user_id":""}`, `{"user_id":"","USER_ID":""}`, `{"user_id":""} {}`, `{"user_id":"","more":1}`,
		`{"database":"d","bucket":"b","socket":"/s","file":"/f","process":1,"network":"h:1"}`, `{"process":1e9}`, `{"process":99999999999999999999}`, `{"file":"\u0000"}`, "null", "[]", "", strings.Repeat("[", 10_000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		same[userRef](t, text)
		same[border.Target](t, text)
	})
}

func same[T any](t *testing.T, text []byte) {
	t.Helper()
	v, err := body[T](httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(text)))
	if err != nil {
		return
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := body[T](httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(again))); err != nil || !reflect.DeepEqual(back, v) || !json.Valid(text) {
		t.Errorf("%q is %+v, and that %+v, %v", text, v, back, err)
	}
}
