package controlplane

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

func init() {
	wishes["request-break-glass"] = func(b *bundle) wish {
		done := b.shutOut("engines")
		return wish{"/workspaces/" + done.Workspace.ID + "/ip-filter/break-glass", done.Token, RequestBreakGlassBody{Reason: "a new office"}}
	}
	wishes["ask-break-glass"] = func(*bundle) wish {
		return wish{"/break-glass", "", AskBreakGlassBody{Email: "engines@example.com"}}
	}
	wishes["mail-break-glass-code"] = func(b *bundle) wish {
		return wish{"/break-glass/code", "", BreakGlassCodeBody{Token: b.glassLink(b.shutOut("engines"))}}
	}
	wishes["use-break-glass"] = func(b *bundle) wish {
		link := b.glassLink(b.shutOut("engines"))
		return wish{"/break-glass/use", "", UseBreakGlassBody{Token: link, Code: b.glassCode(link)}}
	}
}

// shutOut is a workspace whose filter lets in no machine of a test, and its owner, whose address is confirmed.
func (b *bundle) shutOut(slug string) SignedUp {
	b.t.Helper()
	done := b.signUp(slug)
	b.confirm(done.Person)
	body := closedTo(0, "203.0.113.0/24")
	body.Force = true
	b.want(http.StatusOK, put, "/workspaces/"+done.Workspace.ID+"/ip-filter", done.Token, body)
	return done
}

// glassLink is what a link has that was mailed to an owner.
func (b *bundle) glassLink(done SignedUp) string {
	b.t.Helper()
	b.want(http.StatusAccepted, post, "/workspaces/"+done.Workspace.ID+"/ip-filter/break-glass", done.Token, RequestBreakGlassBody{Reason: "a new office"})
	return b.mailedGlass(b.newestGlass(), b.store.NewBreakGlassLink)
}

// glassCode is the code for the newest link, mailed.
func (b *bundle) glassCode(link string) string {
	b.t.Helper()
	b.want(http.StatusAccepted, post, "/break-glass/code", "", BreakGlassCodeBody{Token: link})
	return b.mailedGlass(b.newestGlass(), b.store.NewBreakGlassCode)
}

func (b *bundle) newestGlass() (link uuid.UUID) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), "select id from break_glass_links order by id desc limit 1").Scan(&link))
	return link
}

func (b *bundle) mailedGlass(link uuid.UUID, mail func(context.Context, uuid.UUID) (*tenants.BreakGlassMail, error)) string {
	b.t.Helper()
	m, err := mail(b.t.Context(), link)
	b.must(err)
	if m == nil {
		b.t.Fatal("nothing is mailed")
	}
	return m.Secret
}

const linkHeader = "Break-Glass-Link"

func TestAnOwnerGetsBackInByALinkAndACode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.shutOut("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	var mailed BreakGlassMailed
	b.want(http.StatusAccepted, post, at+"/break-glass", done.Token, RequestBreakGlassBody{Reason: "a new office"}).into(t, &mailed)
	if mailed.To != "engines@example.com" || mailed.EndsAt.Sub(b.clock.now()) > 15*time.Minute || mailed.EndsAt.Sub(b.clock.now()) < 14*time.Minute {
		t.Errorf("%+v", mailed)
	}
	link := b.mailedGlass(b.newestGlass(), b.store.NewBreakGlassLink)
	var seen BreakGlass
	for range 3 { // opening it uses nothing up
		b.want(http.StatusOK, get, "/break-glass/link", "", nil, linkHeader, link).into(t, &seen)
	}
	if seen.YourAddress != "127.0.0.1" || seen.LetIn || seen.Host != "engines.longhouse.test" || seen.Email != "engines@example.com" || seen.Reason != "a new office" || seen.CodeUntil != nil || seen.TriesLeft != 5 {
		t.Errorf("%+v", seen)
	}
	b.refused(409, "no code was mailed", post, "/break-glass/use", "", UseBreakGlassBody{Token: link, Code: "12345678"})
	code := b.glassCode(link)
	wrong := b.want(http.StatusConflict, post, "/break-glass/use", "", UseBreakGlassBody{Token: link, Code: fmt.Sprintf("%08d", 99_999_999-number(code))})
	if !strings.Contains(string(wrong.body), "the code is wrong; 4 more") {
		t.Errorf("%s", wrong.body)
	}
	var broken BrokenGlass
	b.want(http.StatusOK, post, "/break-glass/use", "", UseBreakGlassBody{Token: link, Code: code, Reason: "the office has moved"}).into(t, &broken)
	if broken.Network != "127.0.0.1" || broken.Version != 2 || broken.Edges == nil || broken.URL != "http://engines.longhouse.test:8065" || broken.Until.Sub(b.clock.now()) > time.Hour {
		t.Errorf("%+v", broken)
	}
	b.refused(409, "this link was used", post, "/break-glass/use", "", UseBreakGlassBody{Token: link, Code: code})
	b.refused(409, "this link was used", get, "/break-glass/link", "", nil, linkHeader, link)
	var f IPFilter
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &f)
	if len(f.Rules) != 2 || f.Rules[1].BreakGlass != "the office has moved" || f.Rules[1].Owner != "engines@example.com" || f.Reason != "the office has moved" || f.ChangedBy != done.Person {
		t.Errorf("%+v", f)
	}
	second := b.glassLink(done)
	b.want(http.StatusOK, get, "/break-glass/link", "", nil, linkHeader, second).into(t, &seen)
	if !seen.LetIn || seen.LetUntil == nil || !seen.LetUntil.Equal(broken.Until) {
		t.Errorf("%+v", seen)
	}
	b.refused(409, "is let in already", post, "/break-glass/use", "", UseBreakGlassBody{Token: second, Code: b.glassCode(second)})
	for _, secret := range []string{link, second, code} {
		if strings.Contains(b.log.String(), secret) {
			t.Error("a secret is in the log")
		}
	}
}

func number(code string) (n int) {
	_, _ = fmt.Sscanf(code, "%d", &n)
	return n
}

// TestWhoeverAsksForALinkIsAnsweredAlike whether or not the address is an owner's, until they have asked too often.
func TestWhoeverAsksForALinkIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.shutOut("engines")
	said := map[string]bool{}
	for i, email := range []string{"engines@example.com", "nobody@example.com", "engines@example.com", "nobody@example.com"} {
		a := b.want(http.StatusAccepted, post, "/break-glass", "", AskBreakGlassBody{Email: email, Workspace: []string{"", "engines"}[i/2]})
		said[string(a.body)] = true
	}
	if len(said) != 1 {
		t.Errorf("%v", said)
	}
	for _, body := range []AskBreakGlassBody{{Email: "nonsense"}, {Email: "a@example.com", Workspace: "a\x01"}} {
		if a := b.call(post, "/break-glass", "", body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%+v: %d %s", body, a.status, a.body)
		}
	}
	for _, email := range []string{"Engines@example.com ", "nobody@example.com"} { // with their fifth
		b.server.asks = newAttempts()
		for range 5 {
			b.want(http.StatusAccepted, post, "/break-glass", "", AskBreakGlassBody{Email: email})
		}
		p := b.refused(429, "too many links were asked for for this e-mail address", post, "/break-glass", "", AskBreakGlassBody{Email: email})
		said[strings.Split(p.Detail, ";")[0]] = true
	}
	here := b.client
	b.person(address(1)) // who is kept from it by nobody elsewhere
	b.want(http.StatusAccepted, post, "/break-glass", "", AskBreakGlassBody{Email: "nobody@example.com"})
	b.client = here
	if len(said) != 2 {
		t.Errorf("%v", said)
	}
	b.server.asks = newAttempts()
	for i := range 10 {
		b.want(http.StatusAccepted, post, "/break-glass", "", AskBreakGlassBody{Email: fmt.Sprintf("who-%d@example.com", i)})
	}
	a := b.call(post, "/break-glass", "", AskBreakGlassBody{Email: "another@example.com"})
	if a.status != http.StatusTooManyRequests || !strings.Contains(string(a.body), "from here") || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	b.server.asks = newAttempts()
	now := b.server.now() // stands still, however long sixty of them take
	b.server.now = func() time.Time { return now }
	for range 60 {
		b.refused(404, "this link is good no more", get, "/break-glass/link", "", nil, linkHeader, "lhg_nonsense")
	}
	b.refused(429, "too much was asked from here", post, "/break-glass/code", "", BreakGlassCodeBody{Token: "x"})
	b.refused(429, "too much was asked from here", post, "/break-glass/use", "", UseBreakGlassBody{Token: "x", Code: "12345678"})
	b.refused(429, "too much was asked from here", get, "/break-glass/link", "", nil, linkHeader, "x")
}

func TestAnOwnerWhoAsksTooOftenIsToldWhen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.shutOut("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter/break-glass"
	for range 5 {
		b.want(http.StatusAccepted, post, at, done.Token, RequestBreakGlassBody{Reason: "x"})
	}
	a := b.call(post, at, done.Token, RequestBreakGlassBody{Reason: "x"})
	if a.status != http.StatusTooManyRequests || number(a.header.Get("Retry-After")) < 3500 || !strings.Contains(string(a.body), "too many links were mailed to you") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	b.refused(422, "a reason is needed", post, at, done.Token, RequestBreakGlassBody{})
}

// person is somebody whose requests to the control plane, and to edges, come from one address.
func (b *bundle) person(from string) {
	b.t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	b.t.Cleanup(transport.CloseIdleConnections)
	b.client = &http.Client{Transport: transport}
}

// TestAnEdgeServesAnOwnerWhoBrokeTheGlass within a second, for an hour by its own clock, and nobody else; and the hour goes when it is over.
func TestAnEdgeServesAnOwnerWhoBrokeTheGlass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const rest = 4 * time.Second // that is left of the hour for the edge: the control plane's clock is late
	edges := []*edgeNode{b.edgeNode("north"), b.edgeNode("south")}
	h := b.house("engines")
	b.confirm(h.owner)
	b.settled(h)
	body := closedTo(0, address(7))
	body.Force = true
	b.want(http.StatusOK, put, "/workspaces/"+h.workspace+"/ip-filter", h.token, body)
	finds := func(want [addresses]string) {
		t.Helper()
		for _, e := range edges {
			for client, says := range want {
				if got := e.answer(client, h.host); got != says {
					t.Errorf("%s finds %s by %s, want %s", address(client), got, e.name, says)
				}
			}
		}
	}
	const no, yes = "address_denied", "served"
	finds([addresses]string{no, no, no, no, no, no, no, yes})
	b.person(address(2))
	link := b.glassLink(SignedUp{Workspace: Workspace{ID: h.workspace}, Token: h.token})
	code := b.glassCode(link)
	finds([addresses]string{no, no, no, no, no, no, no, yes})
	b.clock.move(rest - time.Hour)
	b.server.asks = newAttempts() // which go by that clock, too
	began := time.Now()
	var broken BrokenGlass
	b.want(http.StatusOK, post, "/break-glass/use", "", UseBreakGlassBody{Token: link, Code: code}).into(t, &broken)
	finds([addresses]string{no, no, yes, no, no, no, no, yes})
	took := time.Since(began)
	t.Logf("%s after the use both edges let the owner in, and nobody else", took)
	if took > time.Second || broken.Network != address(2) || broken.Edges == nil || broken.Edges.Confirmed != 2 || len(broken.Edges.Behind) != 0 {
		t.Errorf("%s, %+v", took, broken)
	}
	b.eventually("the hour is over", func() bool { return edges[0].answer(2, h.host) == no && edges[1].answer(2, h.host) == no })
	if early := time.Until(broken.Until); early > 0 {
		t.Errorf("it was over %s too early", early)
	}
	b.clock.move(time.Hour - rest)
	if n, err := b.store.EndHours(t.Context()); n != 1 || err != nil {
		t.Errorf("%d hours are ended, %v", n, err)
	}
	b.settled(h)
	finds([addresses]string{no, no, no, no, no, no, no, yes})
}

// settled waits until all edges have the newest route.
func (b *bundle) settled(h *house) {
	b.t.Helper()
	version, err := b.store.RouteVersion(b.t.Context())
	b.must(err)
	b.eventually("the edges have "+h.host, func() bool {
		told, err := b.store.ConfirmedBy(b.t.Context(), version)
		return err == nil && told.Edges == 2 && len(told.Behind) == 0
	})
}
