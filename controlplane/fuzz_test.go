package controlplane

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// FuzzCursor: what a list takes for a cursor is what it gives out, and no other list takes it.
func FuzzCursor(f *testing.F) {
	const path = prefix + "/operations?"
	f.Add(path, showCursor(path, id.New()))
	f.Add(path, id.Show(cursorPrefix, id.New())+"_")
	f.Add(prefix+"/tenants/ten_1/tokens?a=b", id.Show(id.Tenant, id.New()))
	f.Add("", "cur__")
	f.Fuzz(func(t *testing.T, list, cursor string) {
		page, err := PageIn{Limit: 1, Cursor: cursor, list: list}.page(t.Context())
		if err != nil || cursor == "" {
			return
		}
		if showCursor(list, page.Before) != cursor {
			t.Errorf("%q was taken for %s", cursor, page.Before)
		}
		if _, ok := readCursor(list+"x", cursor); ok {
			t.Errorf("%q was taken by another list", cursor)
		}
	})
}

// FuzzIdempotencyKey: a key is one word of a header, and no two claims have the same place.
func FuzzIdempotencyKey(f *testing.F) {
	f.Add("key", "other")
	f.Add("a/b", "b")
	f.Add("a b", "\x7f")
	f.Add(strings.Repeat("k", 256), "\u00e4")
	f.Fuzz(func(t *testing.T, one, other string) {
		fit := func(key string) bool {
			return key != "" && len(key) <= 255 && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
		}
		if keyForm.MatchString(one) != fit(one) {
			t.Errorf("%q is a key: %t", one, keyForm.MatchString(one))
		}
		for _, principals := range [][2]string{{"nobody", "nobody"}, {"nobody", "per_x"}, {"per_x", "per_y"}} {
			a, b := claim{principal: principals[0], key: one}, claim{principal: principals[1], key: other}
			if (a.principal != b.principal || a.key != b.key) && string(a.place()) == string(b.place()) {
				t.Errorf("%+v and %+v have the same place", a, b)
			}
		}
	})
}

// FuzzRequest: whatever is asked of the API, by nobody, for a tenant or by an operator, it answers for itself: as the document says, never
// with a failure of ours, refusals as problems, and no secret of the caller's in them.
func FuzzRequest(f *testing.F) {
	b := setup(f)
	e := inviteEverybody(b)
	owner := e.callers[slices.IndexFunc(e.callers, func(c caller) bool { return c.name == "owner" })].token
	var made CreatedToken
	b.want(http.StatusCreated, post, "/tenants/"+e.tenant+"/tokens", owner, TokenBody{Name: "fuzz", Scopes: tenants.Permissions}).into(f, &made)
	callers := []string{"", made.Secret, b.operator(), owner}
	paths := strings.NewReplacer("{tenant}", e.tenant, "{workspace}", e.workspace, "{operation}", e.operation, "{person}", e.person, "{webhook}", e.webhook, "{delivery}", e.delivery, "{cell}", "local", "{run}", e.run,
		"{token}", id.Show(id.Token, id.New()), "{slug}", "free")
	for _, w := range b.operations() { // with the names of parameters: each process of the fuzzer has a database of its own
		body := "{}"
		if w.op.RequestBody != nil {
			text, err := json.Marshal(example(b.server.api.OpenAPI().Components.Schemas, w.op.RequestBody.Content["application/json"].Schema))
			b.must(err)
			body = string(text)
		}
		for as := range callers {
			f.Add(w.method, w.path+map[bool]string{false: "?dry_run=true"}[w.method == get], "Idempotency-Key: k", body, uint8(as))
		}
	}
	signUp, _ := json.Marshal(signUpBody("fresh"))
	f.Add(post, prefix+"/signup?dry_run=true", "", string(signUp), uint8(0))
	f.Add(put, prefix+"/tenants/{tenant}/members?dry_run=true", "X-HTTP-Method-Override: DELETE", `{"email":"engines@example.com","role":"owner"}`, uint8(1))
	f.Add(get, prefix+"/operations?limit=1&cursor=cur_&workspace=%00&stuck=true", "Authorization: Bearer x", "", uint8(1))
	f.Add(get, prefix+"//workspaces/..%2f;a=b?slug=%ff", "Content-Type: text/plain", "", uint8(1))
	f.Add(put, prefix+"/cells/local/limits?dry_run=true", "", `{"limits":{"disk_bytes":9223372036854775808,"workspaces":-1,"":null}}`, uint8(2))
	f.Add("GET http://other.example"+prefix+"/me HTTP/1.1\r\nX", prefix+"/me", "Transfer-Encoding: chunked", "0\r\n\r\n", uint8(2))
	f.Fuzz(func(t *testing.T, method, target, header, body string, as uint8) {
		secret := callers[int(as)%len(callers)]
		if secret != "" {
			header = "Authorization: Bearer " + secret + "\r\n" + header
		}
		raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: api.test\r\n%s\r\nContent-Length: %d\r\n\r\n%s", method, paths.Replace(target), header, len(body), body)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // a stream ends
		defer cancel()
		r.RemoteAddr = "192.0.2.1:1"
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, r.WithContext(ctx))
		var p Problem
		if w.Code >= 400 && (json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != w.Code || p.Detail == "" || p.RequestID == "" || w.Header().Get("Content-Type") != problemType) {
			t.Errorf("%q answers %d %v %s", raw, w.Code, w.Header(), w.Body)
		}
		if err := b.server.documented(r.Method, r.URL.Path, answer{w.Code, w.Header(), w.Body.Bytes()}); err != nil && ctx.Err() == nil {
			t.Errorf("%q: %v", raw, err)
		}
		if w.Code >= 500 && ctx.Err() == nil || w.Header().Get("X-Content-Type-Options") != "nosniff" || secret != "" && strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q answers %d %v %s", raw, w.Code, w.Header(), w.Body)
		}
	})
}

// example is a value that a schema describes, with all that is required.
func example(all huma.Registry, s *huma.Schema) any {
	if s.Ref != "" {
		s = all.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeObject:
		object := map[string]any{}
		for _, name := range s.Required {
			object[name] = example(all, s.Properties[name])
		}
		return object
	case s.Type == huma.TypeArray:
		return []any{example(all, s.Items)}
	case s.Type == huma.TypeInteger, s.Type == huma.TypeNumber:
		return 1
	case s.Type == huma.TypeBoolean:
		return true
	case s.Format == "date-time":
		return "2030-01-01T00:00:00Z"
	}
	return "x"
}
