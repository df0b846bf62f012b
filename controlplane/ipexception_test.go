package controlplane

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestExceptionsOfAnIPFilterAreReadAndSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at, off := "/workspaces/"+done.Workspace.ID+"/ip-filter", false
	hash := strings.Repeat("0a", 32)
	body := closedTo(0, "127.0.0.0/8")
	body.Exceptions = []IPExceptionBody{{For: "incoming_webhook", Network: "140.82.112.0/20", Tokens: []string{hash}, Name: "Builds"}, {For: "scim", Network: "::/0", Tokens: []string{hash}, Enabled: &off}}
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, done.Token, body).into(t, &saved)
	var f IPFilter
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &f)
	if e := f.Exceptions; len(e) != 2 || e[0].For != "incoming_webhook" || e[0].Network != "140.82.112.0/20" || !slices.Equal(e[0].Tokens, []string{hash}) || !e[0].Enabled || e[1].Enabled || e[0].AddedBy != done.Person {
		t.Errorf("%+v", e)
	}
	b.want(http.StatusOK, put, at, done.Token, closedTo(1, "127.0.0.1")).into(t, &saved)
	if len(saved.IPFilter.Exceptions) != 2 {
		t.Errorf("who says nothing of them changes them: %+v", saved.IPFilter.Exceptions)
	}
	routes, _, err := b.store.Routes(t.Context(), 0)
	b.must(err)
	if told := wireRoute(routes[0]).Filter.Exceptions; len(told) != 1 || told[0].For != "incoming_webhook" || told[0].Network != "140.82.112.0/20" || !slices.Equal(told[0].Tokens, []string{hash}) {
		t.Errorf("edges are told %+v", told)
	}
	b.want(http.StatusOK, put, at, done.Token, `{"version": 2, "open": true, "rules": [], "exceptions": []}`).into(t, &saved)
	if len(saved.IPFilter.Exceptions) != 0 {
		t.Errorf("%+v", saved.IPFilter.Exceptions)
	}
	p := b.refused(422, "the token itself is not sent", put, at, done.Token, `{"version": 3, "open": true, "rules": [], "exceptions": [{"for": "scim", "network": "::/0", "tokens": ["secret"]}]}`)
	if len(p.Errors) == 0 || p.Errors[0].Location != "body.exceptions[0].tokens" {
		t.Errorf("%+v", p.Errors)
	}
}
