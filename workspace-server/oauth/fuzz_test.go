package oauth

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzAuthorize: a wish says what its query does, each thing once, and a browser is sent to no address that isn't the app's, letter by letter,
// with the state that it came with.
func FuzzAuthorize(f *testing.F) {
	const lift = "https://lift.example.com/back?from=chat"
	for _, query := range []string{"", "client_id=x", "client_id=x&client_id=y", "response_type=code&redirect_uri=" + url.QueryEscape(lift) + "&state=a%26b%0d%0a&code_challenge_method=S256", "redirect_uri=" + url.QueryEscape(lift+"#x"),
		"redirect_uri=https://evil.example&state=%zz", "a;b=c", "state=%00", "redirect_uri=//lift.example.com&scope=%ff"} {
		f.Add(query, lift)
	}
	f.Add("redirect_uri=https%3A%2F%2Flift.example.com%2Fback%3F", "https://lift.example.com/back?")
	f.Add("redirect_uri=https%3A%2F%2Fa%3Bsandbox%2F", "https://a;sandbox/")
	f.Fuzz(func(t *testing.T, query, registered string) {
		in, err := ParseAuthorize(query)
		if err != nil {
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil || len(values["redirect_uri"]) > 1 || values.Get("redirect_uri") != in.RedirectURI || values.Get("state") != in.State || values.Get("code_challenge") != in.CodeChallenge || values.Get("resource") != in.Resource {
			t.Fatalf("%q is %+v (%v)", query, in, err)
		}
		a := Asked{App: dbsql.OauthApp{CallbackUrls: []string{registered}}, In: in}
		if a.callsBack() != (registered == in.RedirectURI) {
			t.Fatalf("%q is an address of who has %q", in.RedirectURI, registered)
		}
		if !a.callsBack() || !callback(registered) {
			return
		}
		back := a.Back("code", "c&d")
		to, err := url.Parse(back)
		home, _ := url.Parse(registered)
		if err != nil || !strings.HasPrefix(back, registered) || to.Host != home.Host || to.Scheme != home.Scheme || to.Path != home.Path || strings.ContainsAny(back, "\r\n #") {
			t.Fatalf("sent from %q to %q (%v)", registered, back, err)
		}
		if sent := to.Query(); len(in.State) <= 1024 && in.State != "" && !contains(sent["state"], in.State) || !contains(sent["code"], "c&d") {
			t.Fatalf("sent to %q with the state %q", back, in.State)
		}
	})
}

func contains(list []string, text string) bool {
	for _, l := range list {
		if l == text {
			return true
		}
	}
	return false
}

// FuzzToken: a wish for tokens says what its form does, each thing once; a secret is taken from one place only, and no refusal repeats one.
func FuzzToken(f *testing.F) {
	const kind = "application/x-www-form-urlencoded"
	f.Add(kind, "", []byte("grant_type=authorization_code&code=c&client_id=a&client_secret=s&redirect_uri=https%3A%2F%2Fa.example"))
	f.Add(kind+"; charset=utf-8", "Basic "+base64.StdEncoding.EncodeToString([]byte("a%2B:s%3A")), []byte("grant_type=refresh_token&refresh_token=r"))
	f.Add(kind, "basic YTpz", []byte("client_secret=other&client_id=a"))
	f.Add(kind, "Basic !", []byte("client_id=a&client_id=b"))
	f.Add("application/json", "Bearer x", []byte(`{"grant_type":"authorization_code"}`))
	f.Add(kind, "Basic JTol", []byte("code=%zz"))
	f.Fuzz(func(t *testing.T, contentType, authorization string, form []byte) {
		in, err := ParseToken(contentType, authorization, form)
		if err != nil {
			var refused *Refused
			if !errors.As(err, &refused) || refused.Code != "invalid_request" || refused.Back {
				t.Fatalf("%q %q is refused: %v", authorization, form, err)
			}
			return
		}
		values, err := url.ParseQuery(string(form))
		if err != nil || len(values["code"]) > 1 || values.Get("code") != in.Code || values.Get("grant_type") != in.Grant || values.Get("code_verifier") != in.Verifier {
			t.Fatalf("%q is %+v (%v)", form, in, err)
		}
		if in.Basic != (len(authorization) >= 6 && strings.EqualFold(authorization[:6], "basic ") || strings.EqualFold(authorization, "basic")) || !in.Basic && in.Secret != values.Get("client_secret") || in.Basic && values.Get("client_secret") != "" {
			t.Fatalf("%q %q is %+v", authorization, form, in)
		}
	})
}

// FuzzProof: nothing proves a challenge but the verifier that it was made of, and none that is too short does.
func FuzzProof(f *testing.F) {
	f.Add("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") // RFC 7636, appendix B
	f.Add("", "")
	f.Add("short", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
	f.Add(strings.Repeat("a", 43)+"\n", strings.Repeat("a", 43))
	f.Fuzz(func(t *testing.T, verifier, challenge string) {
		if proves(verifier, challenge) && (len(verifier) < 43 || len(verifier) > 128 || !challengeable(challenge) || proves(verifier+"a", challenge) || proves(verifier, challenge+"a")) {
			t.Errorf("%q proves %q", verifier, challenge)
		}
	})
}

func TestTheProofOfTheStandardIsTaken(t *testing.T) {
	t.Parallel()
	if !proves("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") {
		t.Error("RFC 7636, appendix B, is refused")
	}
}

// FuzzApp: an app that is taken has addresses which a browser can be sent to, and that say one thing to every reader.
func FuzzApp(f *testing.F) {
	for _, u := range []string{"https://lift.example.com/back", "http://[::1]:80/", "https://a;b/", "https://a@b/", "https:\\\\a", "javascript:alert(1)", "https://a/#", "http://a:99999/", "https://ä.example/", "http://a/\x7f"} {
		f.Add("Lift", u, u)
	}
	f.Fuzz(func(t *testing.T, name, address, homepage string) {
		if check(wire.OAuthAppRequest{Name: name, CallbackURLs: []string{address}, Homepage: homepage}, false) != nil {
			return
		}
		for _, text := range []string{address, homepage} {
			u, err := url.Parse(text)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.ContainsAny(u.Host, ";,'\" \\@/") || strings.ContainsAny(text, "\\ \r\n\"<>") {
				t.Errorf("%q is taken", text)
			}
		}
		if strings.Contains(address, "#") || len(address) > longestCallback {
			t.Errorf("%q is taken", address)
		}
	})
}
