package controlplane

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

// refused calls and fails the test unless the answer is a problem with this status and sentence, and nothing changed.
func (b *bundle) refused(status int, say, method, path, token string, body any, headers ...string) Problem {
	b.t.Helper()
	before := b.rows()
	a := b.call(method, path, token, body, headers...)
	var p Problem
	if json.Unmarshal(a.body, &p) != nil || a.status != status || a.header.Get("Content-Type") != problemType || !strings.Contains(p.Detail, say) || p.RequestID == "" {
		b.t.Errorf("%s %s %.200v: %d %s, want %d %q", method, path, body, a.status, a.body, status, say)
	}
	if strings.Contains(string(a.body), password) {
		b.t.Errorf("the answer repeats the password: %s", a.body)
	}
	if after := b.rows(); after != before {
		b.t.Errorf("%s %s %.200v: rows before %s after %s", method, path, body, before, after)
	}
	return p
}

func TestSignUpNamesWhatIsWrongAndChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("taken")
	for _, c := range []struct {
		field, value, say string
		status            int
	}{
		{"slug", "admin", "reserved", 422},
		{"slug", "taken", "is taken", 409},
		{"slug", strings.Repeat("a", 64), "at most 63", 422},
		{"slug", strings.Repeat("a", 5000), "at most 63", 422},
		{"slug", "bücher", "lower-case letters", 422},
		{"slug", "Books", "lower-case letters", 422},
		{"slug", "-books", "starts and ends with a letter or digit", 422},
		{"slug", "books-", "starts and ends with a letter or digit", 422},
		{"slug", "xn--bcher-kva", "internationalised", 422},
		{"slug", "a.b", "lower-case letters", 422},
		{"slug", "books\n", "lower-case letters", 422},
		{"slug", "", "lower-case letters", 422},
		{"email", "taken@example.com", "sign in instead", 409},
		{"email", "TAKEN@Example.com", "sign in instead", 409},
		{"email", "", "name@domain", 422},
		{"email", "ada", "name@domain", 422},
		{"email", "ada@", "name@domain", 422},
		{"email", "ada@host", "must have a dot", 422},
		{"email", "Ada <ada@example.com>", "name@domain", 422},
		{"email", "ada@exämple.com", "ASCII", 422},
		{"email", "a@b.c\r\nBcc: x@y.z", "name@domain", 422},
		{"email", strings.Repeat("a", 117) + "@example.com", "at most 128", 422},
		{"password", "short", "10 to 128", 422},
		{"password", strings.Repeat("a", 129), "10 to 128", 422},
		{"tenant", " ", "1 to 64", 422},
		{"tenant", strings.Repeat("ä", 65), "1 to 64", 422},
		{"tenant", "a\u202eb", "can't be shown", 422},
		{"tenant", "a\tb", "can't be shown", 422},
		{"region", "moon", "no region", 422},
	} {
		body := map[string]string{"email": "new@example.com", "password": password, "tenant": "New", "slug": "fresh"}
		body[c.field] = c.value
		p := b.refused(c.status, c.say, post, "/signup", "", body)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+c.field {
			t.Errorf("%s %.40q: at fault is %+v", c.field, c.value, p.Errors)
		}
	}
}

func TestBodiesThatAreNotOursAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good, err := json.Marshal(signUpBody("fresh"))
	b.must(err)
	with := func(more string) string { return strings.TrimSuffix(string(good), "}") + "," + more + "}" }
	for name, c := range map[string]struct {
		body, say string
		status    int
	}{
		"nothing":            {"", "required", 400},
		"not JSON":           {"{", "not valid JSON", 400},
		"no object":          {"[]", "expected object", 422},
		"null":               {"null", "expected object", 422},
		"two values":         {string(good) + "{}", "not valid JSON", 400},
		"trailing rubbish":   {string(good) + "x", "not valid JSON", 400},
		"unknown field":      {with(`"colour":"red"`), "unexpected property; allowed are email, password, region, slug, tenant", 422},
		"field in capitals":  {strings.Replace(string(good), `"slug"`, `"Slug"`, 1), "slug", 422},
		"missing field":      {`{"email":"a@example.com"}`, "required property password", 422},
		"wrong type":         {strings.Replace(string(good), `"fresh"`, `7`, 1), "body.slug: expected string", 422},
		"null field":         {strings.Replace(string(good), `"fresh"`, `null`, 1), "body.slug: expected string", 422},
		"object for a text":  {strings.Replace(string(good), `"fresh"`, `{"a":1}`, 1), "body.slug: expected string", 422},
		"number of no size":  {with(`"region":1e999`), "body", 400},
		"too large":          {with(`"region":"` + strings.Repeat("x", bodyMost) + `"`), "65536 bytes", 413},
		"too deep":           {with(`"region":` + strings.Repeat("[", 60) + strings.Repeat("]", 60)), "16 levels", 400},
		"very deep":          {strings.Repeat("[", 60000), "16 levels", 400},
		"invalid UTF-8":      {with("\"region\":\"\xff\""), "UTF-8", 400},
		"a NUL in a text":    {with(`"region":"\u0000"`), "U+0000", 400},
		"NUL as a field":     {with(`"\u0000":1`), "U+0000", 400},
		"a field twice":      {with(`"slug":"other"`), "twice in one object", 400},
		"twice, escaped":     {with(`"\u0073lug":"other"`), "twice in one object", 400},
		"twice, deep inside": {with(`"region":[{"a":{"b":1},"c":["a","a"],"a":2}]`), "twice in one object", 400},
		"half a surrogate":   {with(`"region":"\ud800"`), "no region", 422},
	} {
		t.Run(name, func(t *testing.T) {
			var body any = c.body
			if c.body == "" {
				body = nil
			}
			b.refused(c.status, c.say, post, "/signup", "", body)
		})
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/jsonp; charset=utf-8"} {
		for _, body := range []string{string(good), "slug=fresh"} {
			b.refused(415, "allowed is application/json", post, "/signup", "", body, "Content-Type", kind)
		}
	}
	b.refused(422, "required property", post, "/signup", "", "{}", "Content-Type", "Application/JSON; charset=utf-8")
	b.refused(400, "takes no body", post, "/workspaces/"+b.signUp("engines").Workspace.ID+"/start", b.operator(), "{}")
}

func TestAddressesThatAreNotOursAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	for _, c := range []struct {
		status            int
		say, method, path string
	}{
		{404, "openapi.json", get, "/nothing/here"},
		{404, "openapi.json", get, "/workspaces/" + done.Workspace.ID + "/"},
		{405, "allowed are GET, DELETE", post, "/workspaces/" + done.Workspace.ID},
		{405, "allowed are POST", get, "/signup"},
		{405, "allowed are GET", "PATCH", "/me"},
		{422, "ws_ and 26 characters", get, "/workspaces/" + done.Tenant.ID},
		{422, "ws_ and 26 characters", get, "/workspaces/engines"},
		{422, "ws_ and 26 characters", get, "/workspaces/" + strings.ToUpper(done.Workspace.ID)},
		{422, "ws_ and 26 characters", get, "/workspaces/" + strings.Repeat("a", 4000)},
		{422, "ws_ and 26 characters", get, "/workspaces/ws_%27%20or%20true--"},
		{422, "ten_ and 26 characters", get, "/tenants/x/members"},
		{422, "per_ and 26 characters", remove, "/tenants/" + done.Tenant.ID + "/members/x"},
		{422, "tok_ and 26 characters", remove, "/tenants/" + done.Tenant.ID + "/tokens/x"},
		{422, "ws_ and 26 characters", get, "/operations?workspace=x"},
		{422, "the cursor is not one", get, "/operations?cursor=x"},
		{422, "the cursor is not one", get, "/operations?cursor=" + done.Operation.ID},
		{422, "expected length <= 64", get, "/operations?cursor=" + strings.Repeat("a", 65)},
		{422, "query.limit", get, "/operations?limit=0"},
		{422, "query.limit", get, "/operations?limit=201"},
		{422, "query.limit", get, "/operations?limit=ten"},
		{422, "query.limit", get, "/operations?limit=99999999999999999999"},
		{422, "unknown query parameter", get, "/operations?colour=red"},
		{422, "query.slug", get, "/workspaces?slug=%27"},
		{400, "U+0000", get, "/slugs/a%00b"},
		{400, "UTF-8", get, "/workspaces?slug=%ff"},
	} {
		b.refused(c.status, c.say, c.method, c.path, done.Token, nil)
	}
}

func TestASlugIsSaidToBeFreeOrWhyNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("taken")
	for slug, say := range map[string]string{"fresh": "", "taken": "is taken", "admin": "reserved", "-x": "starts and ends", "b%C3%BCcher": "lower-case"} {
		var s Slug
		b.want(http.StatusOK, get, "/slugs/"+slug, "", nil).into(t, &s)
		if s.Free != (say == "") || !strings.Contains(s.Reason, say) {
			t.Errorf("%s: %+v", slug, s)
		}
	}
}

func TestBadCredentialsAreRefusedAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	for _, body := range []LoginBody{{"engines@example.com", "not the password"}, {"nobody@example.com", password}, {"", ""}, {"engines@example.com", strings.Repeat("x", 512)}} {
		b.refused(401, "the e-mail address or the password is wrong", post, "/login", "", body)
	}
	for _, header := range []string{"Bearer", "Bearer ", "Basic " + done.Token, done.Token, "Bearer " + done.Token + "x", "Bearer " + strings.Repeat("x", 9000)} {
		b.refused(401, "sign in", get, "/me", "", nil, "Authorization", header)
	}
	if a := b.call(get, "/me", "", nil, "Authorization", "bearer "+done.Token); a.status != http.StatusOK {
		t.Errorf("the scheme's case matters: %d", a.status)
	}
	b.want(http.StatusNoContent, post, "/logout", done.Token, nil)
	b.refused(401, "sign in", get, "/me", done.Token, nil)
}

func TestAWorkspaceIsOpenedOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	path := "/workspaces/" + done.Workspace.ID
	b.refused(409, "provisioning", post, path+"/open", done.Token, nil)
	b.refused(409, "possible only when it is running", post, path+"/stop", done.Token, nil)
	b.finish(done.Operation.ID)
	var way Opened
	b.want(http.StatusOK, post, path+"/open", done.Token, nil).into(t, &way)
	if way.Token != "session of "+done.Person || !strings.HasPrefix(way.URL, "http://engines.longhouse.test:8065/") {
		t.Errorf("%+v", way)
	}
	b.refused(409, "possible only when it is stopped", post, path+"/start", done.Token, nil)
	b.refused(422, "body.message", post, path+"/stop", done.Token, `{"message":"`+strings.Repeat("x", 301)+`"}`)
	var op Operation
	b.want(http.StatusAccepted, post, path+"/stop", done.Token, StopBody{Message: "back at noon"}).into(t, &op)
	b.refused(409, "stopping", remove, path, done.Token, nil)
	b.finish(op.ID)
	var gone ChangedWorkspace
	b.want(http.StatusAccepted, remove, path+"?delete_at=now&confirm=engines", done.Token, nil).into(t, &gone)
	b.finish(gone.Operation.ID)
	var ws Workspace
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &ws)
	if ws.State != "deleted" {
		t.Errorf("%+v", ws)
	}
}

func TestTheAllowanceOfThePlanIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	for _, slug := range []string{"second", "third"} {
		b.want(http.StatusAccepted, post, "/tenants/"+done.Tenant.ID+"/workspaces", done.Token, WorkspaceBody{Name: slug, Slug: slug})
	}
	b.refused(409, "the plan free has 3 workspaces", post, "/tenants/"+done.Tenant.ID+"/workspaces", done.Token, WorkspaceBody{Name: "fourth", Slug: "fourth"})
}

func TestTokensAndMembersAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/tenants/" + done.Tenant.ID
	b.refused(422, "at least one scope", post, at+"/tokens", done.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{}})
	b.refused(422, "no scope", post, at+"/tokens", done.Token, TokenBody{Name: "x", Scopes: []tenants.Permission{"everything"}})
	b.refused(422, "1 to 64", post, at+"/tokens", done.Token, TokenBody{Scopes: []tenants.Permission{"tenant:read"}})
	b.refused(422, "expires_in_days", post, at+"/tokens", done.Token, `{"name":"x","scopes":["tenant:read"],"expires_in_days":-1}`)
	b.refused(422, "one of", put, at+"/members", done.Token, MemberBody{Email: "engines@example.com", Role: "king"})
	b.refused(409, "confirm it first", put, at+"/members", done.Token, MemberBody{Email: "who@example.com", Role: "admin"})
	b.refused(409, "last owner", put, at+"/members", done.Token, MemberBody{Email: "engines@example.com", Role: "admin"})
	b.refused(409, "last owner", remove, at+"/members/"+done.Person, done.Token, nil)
}
