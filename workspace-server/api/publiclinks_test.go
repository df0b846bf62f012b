package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func setupWithLinks(t *testing.T) *shelf {
	s := setupWithFiles(t)
	address, _ := url.Parse(s.url)
	for _, of := range []*config.Settings{&s.base, s.api.Config.Settings()} { // those of other instances, and of this one
		of.PublicLinks, of.SiteURL = true, address
	}
	return s
}

// link is the public one of a posted file.
func (s *shelf) link(as person, file id.ID) string {
	s.t.Helper()
	return must[struct{ Link string }](s.bundle, as, http.MethodGet, "/files/"+file.String()+"/link", nil).Link
}

// follow goes to an address as somebody without an account.
func (s *shelf) follow(method, link string, header ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, link, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return s.send(request)
}

func TestAPublicLinkOpensItsFileForAnybody(t *testing.T) {
	t.Parallel()
	s := setupWithLinks(t)
	post := s.share(s.member, s.public.ID, "note.txt")
	file := post.FileIDs[0]
	link := s.link(s.admin, file)
	if !strings.HasPrefix(link, s.url+"/files/"+file.String()+"/public?h=") || link != s.link(s.member, file) || link != s.twinLink(file) {
		t.Fatalf("the link is %s", link)
	}
	got := s.follow(http.MethodGet, link)
	if got.status != http.StatusOK || string(got.body) != "content" || got.header.Get("Content-Type") != "text/plain" || got.header.Get("Cache-Control") != "no-cache, private" {
		t.Errorf("it opens %d %v %s", got.status, got.header, got.body)
	}
	if got := s.follow(http.MethodHead, link); got.status != http.StatusOK || got.header.Get("Content-Length") != "7" || len(got.body) != 0 {
		t.Errorf("HEAD answers %d %v", got.status, got.header)
	}
	if got := s.follow(http.MethodGet, link, "Range", "bytes=0-2"); got.status != http.StatusPartialContent || string(got.body) != "con" {
		t.Errorf("a part is %d %s", got.status, got.body)
	}
	if got := s.follow(http.MethodGet, link, "Authorization", "Bearer of-no-session"); got.status != http.StatusOK {
		t.Errorf("with a session that ended it opens %d", got.status)
	}
	s.must(s.member, http.MethodDelete, "/posts/"+post.ID.String(), nil)
	if got := s.follow(http.MethodGet, link); got.status != http.StatusNotFound {
		t.Errorf("a deleted file's link opens %d", got.status)
	}
}

// twinLink is what another instance says.
func (s *shelf) twinLink(file id.ID) string {
	s.t.Helper()
	other := s.twin()
	return other.link(s.member, file)
}

func TestAPublicLinkIsGoodForItsFileAlone(t *testing.T) {
	t.Parallel()
	s := setupWithLinks(t)
	one, other := s.share(s.member, s.public.ID, "one.txt").FileIDs[0], s.share(s.member, s.public.ID, "other.txt").FileIDs[0]
	hash := s.link(s.member, one)
	hash = hash[strings.Index(hash, "h=")+2:]
	at := func(file, hash string) string { return s.url + "/files/" + file + "/public?h=" + hash }
	for why, link := range map[string]string{"another file": at(other.String(), hash), "no hash": at(one.String(), ""), "a part of it": at(one.String(), hash[:40]), "a file that is not there": at(id.New().String(), hash), "no id": at("x", hash)} {
		if got := s.follow(http.MethodGet, link); got.status != http.StatusBadRequest || got.error().ID == "" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", why, got.status, got.body)
		}
	}
	page := s.share(s.member, s.public.ID, "page.html").FileIDs[0]
	got := s.follow(http.MethodGet, s.link(s.member, page)).header
	if got.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.Get("Content-Disposition"), "attachment") || !strings.Contains(got.Get("Content-Security-Policy"), "sandbox") || got.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a page comes as %v", got)
	}
}

func TestWhoMayMakeAPublicLink(t *testing.T) {
	t.Parallel()
	s := setupWithLinks(t)
	hidden, unposted := s.share(s.admin, s.private.ID, "hidden.txt").FileIDs[0], s.upload("note.txt")
	link := s.link(s.admin, hidden)
	for _, c := range []struct {
		as     person
		file   id.ID
		status int
		id     string
	}{{s.member, hidden, 403, "api.context.permissions.app_error"}, {s.outside, hidden, 403, "api.context.permissions.app_error"}, {s.member, unposted, 400, "api.file.get_public_link.no_post.app_error"},
		{s.member, id.New(), 404, "app.file_info.get.find.app_error"}} {
		if got := s.call(c.as, http.MethodGet, "/files/"+c.file.String()+"/link", nil); got.status != c.status || got.error().ID != c.id {
			t.Errorf("%d %s, want %d %s", got.status, got.body, c.status, c.id)
		}
	}
	s.api.Config.Settings().PublicLinks = false
	if got := s.call(s.admin, http.MethodGet, "/files/"+hidden.String()+"/link", nil); got.status != http.StatusForbidden || got.error().ID != "api.file.get_public_link.disabled.app_error" {
		t.Errorf("switched off: %d %s", got.status, got.body)
	}
	if got := s.follow(http.MethodGet, link); got.status != http.StatusForbidden || got.error().ID != "api.file.get_public_link.disabled.app_error" {
		t.Errorf("a link of before: %d %s", got.status, got.body)
	}
	before := must[map[string]string](s.bundle, s.member, http.MethodGet, "/config/client", nil)
	if s.api.Config.Settings().PublicLinks = true; before["EnablePublicLink"] != "false" || must[map[string]string](s.bundle, s.member, http.MethodGet, "/config/client", nil)["EnablePublicLink"] != "true" {
		t.Errorf("clients are told %q", before["EnablePublicLink"])
	}
}

// Each workspace has a secret of its own, so that what one has signed opens nothing in another.
func TestPublicLinksDifferBetweenWorkspaces(t *testing.T) {
	t.Parallel()
	one, other := setup(t), setup(t)
	file := id.New()
	first, err := one.api.Files.Hash(t.Context(), file)
	if second, err2 := other.api.Files.Hash(t.Context(), file); err != nil || err2 != nil || first == second || len(first) != 43 {
		t.Errorf("%q and %q (%v, %v)", first, second, err, err2)
	}
}
