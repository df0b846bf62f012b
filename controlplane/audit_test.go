package controlplane

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestATrailIsFilteredOverAllItsPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	tokens, trail := "/tenants/"+done.Tenant.ID+"/tokens", "/tenants/"+done.Tenant.ID+"/audit-events"
	var made []string
	for i := range 5 {
		var token CreatedToken
		b.want(http.StatusCreated, post, tokens, done.Token, TokenBody{Name: fmt.Sprint(i), Scopes: []tenants.Permission{"tenant:read"}}).into(t, &token)
		made = append(made, token.Token.ID)
	}
	b.want(http.StatusNoContent, remove, tokens+"/"+made[2], done.Token, nil)
	read := func(query url.Values) (all []AuditEvent) {
		t.Helper()
		for query.Set("limit", "2"); ; {
			var page List[AuditEvent]
			b.want(http.StatusOK, get, trail+"?"+query.Encode(), done.Token, nil).into(t, &page)
			all = append(all, page.Items...)
			if page.NextCursor == "" {
				return all
			}
			query.Set("cursor", page.NextCursor)
		}
	}
	everything := read(url.Values{})
	created := read(url.Values{"action": {"token.create"}, "actor": {done.Person}})
	if len(created) != 5 || created[0].Subject != made[4] || created[4].Subject != made[0] {
		t.Fatalf("%+v", created)
	}
	if of := read(url.Values{"subject": {made[2]}}); len(of) != 2 || of[0].Action != "token.revoke" || of[1].Action != "token.create" {
		t.Errorf("%+v", of)
	}
	middle := created[2].At.Format(time.RFC3339Nano)
	until, since := read(url.Values{"until": {middle}}), read(url.Values{"since": {middle}})
	if len(until)+len(since) != len(everything) || since[len(since)-1].ID != created[2].ID {
		t.Errorf("%d until and %d since, of %d", len(until), len(since), len(everything))
	}
	if none := read(url.Values{"actor": {"system"}, "action": {"token.create"}}); len(none) != 0 {
		t.Errorf("%+v", none)
	}
	b.refused(422, "until is not after since", get, trail+"?since="+middle+"&until="+middle, done.Token, nil)
	b.refused(422, "query.since", get, trail+"?since=yesterday", done.Token, nil)
	b.refused(422, "query.action", get, trail+"?action="+url.QueryEscape(fmt.Sprintf("%65d", 1)), done.Token, nil)
}

// TestNobodyLearnsOfStrangersByTheirAddresses: an address that others signed up with is answered like one that nobody has.
func TestNobodyLearnsOfStrangersByTheirAddresses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.signUp("engines"), b.signUp("looms")
	trail := func(d SignedUp) string { return "/tenants/" + d.Tenant.ID + "/audit-events?actor=" }
	var me, them Me
	b.want(http.StatusOK, get, "/me", mine.Token, nil).into(t, &me)
	b.want(http.StatusOK, get, "/me", other.Token, nil).into(t, &them)
	var page List[AuditEvent]
	if b.want(http.StatusOK, get, trail(mine)+url.QueryEscape(me.Email), mine.Token, nil).into(t, &page); len(page.Items) == 0 || page.Items[0].Actor != me.ID {
		t.Errorf("%+v", page)
	}
	for _, address := range []string{them.Email, "nobody@example.com", "@", "a@b@c"} {
		b.refused(http.StatusNotFound, "nobody with the e-mail address", get, trail(mine)+url.QueryEscape(address), mine.Token, nil)
	}
}

func TestOperatorsFilterTheirOwnTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("engines")
	for _, sealed := range []bool{false, true} {
		if sealed {
			b.checkpoint()
		}
		var page List[AuditEvent]
		b.want(http.StatusOK, get, "/audit-events?action=release.register&actor=system", b.operator(), nil).into(t, &page)
		if len(page.Items) != 1 || page.Items[0].Action != "release.register" || (page.Items[0].Seq > 0) != sealed {
			t.Errorf("sealed %t: %+v", sealed, page)
		}
	}
}
