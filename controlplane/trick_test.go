package controlplane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// served is the server on a socket as it is in earnest, with its limits.
func (b *bundle) served() (address string) {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.server.Serve(ctx, l) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			b.t.Error(err)
		}
	})
	return l.Addr().String()
}

// dialled is a connection on which a test writes what it likes.
func (b *bundle) dialled(address, text string) net.Conn {
	b.t.Helper()
	conn, err := net.Dial("tcp", address)
	b.must(err)
	b.t.Cleanup(func() { _ = conn.Close() })
	b.must(conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, text)
	b.must(err)
	return conn
}

// heard reads one answer.
func (b *bundle) heard(from *bufio.Reader) (status int, body string) {
	b.t.Helper()
	res, err := http.ReadResponse(from, nil)
	b.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.must(err)
	return res.StatusCode, string(raw)
}

func TestACursorIsGoodInItsListOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, other := b.signUp("engines"), b.signUp("looms")
	trail := func(done SignedUp) string { return "/tenants/" + done.Tenant.ID + "/audit-events" }
	var page List[AuditEvent]
	b.want(http.StatusOK, get, trail(one)+"?limit=1", one.Token, nil).into(t, &page)
	cursor := page.NextCursor
	b.want(http.StatusOK, get, trail(one)+"?limit=7&cursor="+cursor, one.Token, nil)
	const say = "the cursor is not one that this list gave out"
	b.refused(422, say, get, trail(other)+"?cursor="+cursor, other.Token, nil)
	b.refused(422, say, get, "/operations?cursor="+cursor, one.Token, nil)
	b.refused(422, say, get, "/operations?stuck=true&cursor="+showCursor(prefix+"/operations?", id.New()), one.Token, nil)
	for _, forged := range []string{cursor[:len(cursor)-1], cursor + "0", strings.ToUpper(cursor), "cur" + cursor, id.Show(cursorPrefix, id.New()), "_", "%20"} {
		b.refused(422, say, get, trail(one)+"?cursor="+forged, one.Token, nil)
	}
}

func TestAPageGoesOnBehindWhatIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/tenants/" + done.Tenant.ID + "/tokens"
	for _, name := range []string{"oldest", "gone", "newest"} {
		b.want(http.StatusCreated, post, at, done.Token, TokenBody{Name: name, Scopes: []tenants.Permission{"tenant:read"}})
	}
	var first, second List[Token]
	b.want(http.StatusOK, get, at+"?limit=2", done.Token, nil).into(t, &first)
	b.want(http.StatusNoContent, remove, at+"/"+first.Items[1].ID, done.Token, nil)
	b.want(http.StatusOK, get, at+"?limit=2&cursor="+first.NextCursor, done.Token, nil).into(t, &second)
	if len(second.Items) != 1 || second.Items[0].Name != "oldest" || second.NextCursor != "" {
		t.Errorf("%+v", second)
	}
}

func TestPathsAreTakenAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	ws := done.Workspace.ID
	for _, path := range []string{"/workspaces/%2e%2e/me", "/workspaces/..%2fme", "/%6de", "/me%2f", "/workspaces/" + ws + "%2fstop", "/workspaces/%77" + ws[1:], "/workspaces/" + ws + "%5c"} {
		if a := b.call(get, path, done.Token, nil); a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d %s", path, a.status, a.body)
		}
	}
	for _, path := range []string{"/workspaces/../me", "/./me", "//me", "/me/", "/ME", "/me;x=y", "/workspaces//" + ws, "/workspaces/" + ws + "/../" + ws} {
		if a := b.call(get, path, done.Token, nil); a.status != http.StatusNotFound {
			t.Errorf("%s answers %d %s", path, a.status, a.body)
		}
	}
}

func TestNothingInAQueryIsPassedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.rows()
	for query, say := range map[string]string{"dry_run=true;": "not readable", "dry_run=true;x": "not readable", "%zz=1&dry_run=true": "not readable", "Dry_Run=true": "unknown query parameter",
		"dry-run=true": "unknown query parameter", "dry_run=true&dry_run=false": "more than once", "dry_run=true&": ""} {
		a := b.call(post, "/signup?"+query, "", signUpBody("fresh"))
		if say != "" && (a.status/100 != 4 || !strings.Contains(string(a.body), say)) || b.rows() != before {
			t.Errorf("%s answers %d %s", query, a.status, a.body)
		}
	}
	b.refused(422, "more than once", get, "/operations?limit=1&limit=2", b.operator(), nil)
}

func TestHeadersThatSayTwoThingsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	address := b.served()
	ask := func(headers, body string) (int, string) {
		t.Helper()
		text := fmt.Sprintf("POST %s/tenants/%s/tokens HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", prefix, done.Tenant.ID, headers, len(body), body)
		return b.heard(bufio.NewReader(b.dialled(address, text)))
	}
	const good = `{"name":"x","scopes":["tenant:read"]}`
	own, kind := "Authorization: Bearer "+done.Token+"\r\n", "Content-Type: application/json\r\n"
	before := b.rows()
	for headers, want := range map[string]struct {
		status int
		say    string
	}{
		own + own + kind: {401, "Authorization is there twice"},
		own + "authorization: Bearer x\r\n" + kind:                            {401, "Authorization is there twice"},
		own + kind + kind:                                                     {415, "Content-Type is there twice"},
		own + kind + "Content-Type: text/plain\r\n":                           {415, "Content-Type is there twice"},
		own + kind + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n":           {422, "one of them"},
		own + kind + "Idempotency-Key: a, b\r\n":                              {422, "without spaces"},
		own + kind + "Host: y\r\n":                                            {400, ""},
		own + kind + "Content-Length: 1\r\n":                                  {400, ""},
		own + kind + "Transfer-Encoding: xchunked\r\n":                        {501, ""},
		own + kind + "Transfer-Encoding: chunked, identity\r\n":               {501, ""},
		own + kind + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n": {501, ""},
		own + kind + "X : y\r\n":                                              {400, ""},
		own + kind + "X: a\x00b\r\n":                                          {400, ""},
		own + kind + "X: " + strings.Repeat("x", 64<<10) + "\r\n":             {431, ""},
		own + kind + strings.Repeat("X: y\r\n", 8<<10):                        {431, ""},
	} {
		if status, body := ask(headers, good); status != want.status || !strings.Contains(body, want.say) {
			t.Errorf("%.300q answers %d %s, want %d %q", headers, status, body, want.status, want.say)
		}
	}
	if after := b.rows(); after != before {
		t.Errorf("%s became %s", before, after)
	}
	if status, body := ask(own+kind, good); status != http.StatusCreated {
		t.Errorf("without tricks: %d %s", status, body)
	}
}

// TestALengthBesideChunksIsNotBelieved: what comes behind the last chunk is the next request, and no part of this one.
func TestALengthBesideChunksIsNotBelieved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const hidden = "GET " + prefix + "/regions HTTP/1.1\r\nHost: x\r\n\r\n"
	text := fmt.Sprintf("POST %s/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n%s", prefix, 12+len(hidden), hidden)
	conn := bufio.NewReader(b.dialled(b.served(), text))
	if status, body := b.heard(conn); status != http.StatusUnprocessableEntity || !strings.Contains(body, "required property") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := b.heard(conn); status != http.StatusOK || !strings.Contains(body, "local") {
		t.Errorf("%d %s", status, body)
	}
}

func TestMethodAndHostAreWhatTheRequestLineAndTheRouterSay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	path := "/workspaces/" + done.Workspace.ID
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		b.want(http.StatusOK, get, path, done.Token, nil, name, "DELETE")
		b.refused(405, "allowed are GET, DELETE", post, path, done.Token, nil, name, "DELETE")
	}
	for _, name := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded"} {
		if a := b.want(http.StatusOK, get, path, done.Token, nil, name, prefix+"/me"); !strings.Contains(string(a.body), done.Workspace.ID) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	address := b.served()
	for line, status := range map[string][]int{
		"GET " + prefix + "/regions HTTP/1.1\r\nHost: evil.example:1":         {200},
		"GET " + prefix + "/regions HTTP/1.1\r\nHost: ":                       {200},
		"GET " + prefix + "/regions HTTP/1.1\r\nHost: a b":                    {400},
		"GET " + prefix + "/regions HTTP/1.1\r\nHost: \"><script>":            {400},
		"GET " + prefix + "/regions HTTP/1.1\r\nX: no host":                   {400},
		"GET http://evil.example" + prefix + "/me HTTP/1.1\r\nHost: x":        {401},
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: x":                        {404, 405},
		"OPTIONS * HTTP/1.1\r\nHost: x":                                       {200},
		"TRACE " + prefix + "/regions HTTP/1.1\r\nHost: x":                    {405},
		"get " + prefix + "/regions HTTP/1.1\r\nHost: x":                      {405},
		"GET " + prefix + "/" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\n": {431},
	} {
		got, body := b.heard(bufio.NewReader(b.dialled(address, line+"\r\n\r\n")))
		if !slices.Contains(status, got) || strings.Contains(body, "evil") || strings.Contains(body, "script>") {
			t.Errorf("%.100q answers %d %s", line, got, body)
		}
	}
	var ws Workspace
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &ws)
	if ws.State != "running" {
		t.Errorf("%+v", ws)
	}
}

// TestASlowBodyHoldsNothing: whoever sends a byte now and then is sent away, and neither a row nor a key is left.
func TestASlowBodyHoldsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.bodyWithin = 50 * time.Millisecond
	before := b.rows()
	conn := b.dialled(b.served(), "POST "+prefix+"/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: 60000\r\n\r\n{")
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := conn.Write([]byte(" ")); err != nil {
				return
			}
		}
	}()
	answers := bufio.NewReader(conn)
	if status, body := b.heard(answers); status != http.StatusRequestTimeout || !strings.Contains(body, "not there after 50ms") {
		t.Errorf("%d %s", status, body)
	}
	if _, err := answers.ReadByte(); err == nil {
		t.Error("the connection goes on")
	}
	if after := b.rows(); after != before {
		t.Errorf("%s became %s", before, after)
	}
	b.server.bodyWithin = bodyWithin
	b.want(http.StatusCreated, post, "/signup", "", signUpBody("fresh"), "Idempotency-Key", "k")
}
