package edge

import (
	"net/http"
	"testing"
)

// TestNoStreamGetsAroundTheFilter: what HTTP/2 can say of hosts and targets, and HTTP/1 can't.
func TestNoStreamGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	const acme, globex = "acme.longhouse.localhost", "globex.longhouse.localhost"
	f := newFortress(t)
	more := func(name, value string) field { return field{Name: name, Value: value} }
	scheme := func(fields []field, scheme string) []field { fields[1].Value = scheme; return fields }
	for name, c := range map[string]struct {
		fields           []field
		stranger, friend string
	}{
		"nothing special":             {requestFields("GET", "/", acme), "403", "200"},
		"another case":                {requestFields("GET", "/", "ACME.longhouse.LOCALHOST"), "403", "200"},
		"trailing dot":                {requestFields("GET", "/", acme+"."), "403", "200"},
		"dot and port":                {requestFields("GET", "/", acme+".:443"), "403", "200"},
		"its other name":              {requestFields("GET", "/", "Chat.example.com"), "403", "200"},
		"https":                       {scheme(requestFields("GET", "/", acme), "https"), "403", "200"},
		"a scheme of its own":         {scheme(requestFields("GET", "/", acme), "ftp"), "", ""},
		"user in the authority":       {requestFields("GET", "/", globex+"@"+acme), "", ""},
		"a host, no authority":        {requestFields("GET", "/", "", more("host", acme)), "403", "200"},
		"the same host":               {requestFields("GET", "/", acme, more("host", "ACME.longhouse.localhost")), "403", "200"},
		"it behind another authority": {requestFields("GET", "/", globex, more("host", acme)), "400", "400"},
		"another behind it":           {requestFields("GET", "/", acme, more("host", globex)), "400", "400"},
		"two authorities":             {requestFields("GET", "/", globex, more(":authority", acme)), "", ""},
		"an authority at the end":     {requestFields("GET", "/", "", more("x", "y"), more(":authority", acme)), "", ""},
		"an absolute path":            {requestFields("GET", "http://"+acme+"/", globex), "400", "400"},
		"a network path":              {requestFields("GET", "//"+globex+"/", acme), "403", "200"},
		"dots":                        {requestFields("GET", "/../%2e%2e//", acme), "403", "200"},
		"a version in the path":       {requestFields("GET", "/ HTTP/1.1\r\nHost: "+acme, globex), "", ""},
		"a host in a field":           {requestFields("GET", "/", globex, more("x", "y\r\nhost: "+acme)), "", ""},
		"a forwarded host":            {requestFields("GET", "/", globex, more("x-forwarded-host", acme)), "200", "200"},
		"a forwarded client":          {requestFields("GET", "/", acme, more("x-forwarded-for", friend), more("forwarded", "for="+friend)), "403", "200"},
		"HEAD":                        {requestFields("HEAD", "/", acme), "403", "200"},
		"an unknown method":           {requestFields("BREW", "/", acme), "403", "200"},
		"a method with a target":      {requestFields("GET http://"+acme+"/ HTTP/1.1", "/", globex), "400", "400"},
		"CONNECT":                     {[]field{{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: acme}}, "400", "400"},
		"a web socket":                {requestFields("CONNECT", "/", acme, more(":protocol", "websocket")), "", ""},
		"an upgrade":                  {requestFields("GET", "/", acme, more("upgrade", "websocket")), "400", "400"},
	} {
		f.askBoth(name, func(address string) string { return sendFields(t, dialFrom(address), f.addr(), c.fields) }, c.stranger, c.friend)
	}
}

// TestConnectionToAnotherWorkspaceOpensNone: a connection, or a stream beside it, that was served says nothing of the next.
func TestConnectionToAnotherWorkspaceOpensNone(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	for version := 1; version <= 2; version++ {
		client := f.clientOver(version, stranger)
		for range 3 {
			ask(t, client, f.request(http.MethodGet, "globex.longhouse.localhost", "/", nil)).want(t, http.StatusOK, "globex here")
			ask(t, client, f.request(http.MethodGet, "acme.longhouse.localhost", "/", nil)).want(t, http.StatusForbidden, stranger)
		}
		if n := f.server.listener.count(); n != version {
			t.Errorf("HTTP/%d: %d connections were made", version, n)
		}
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests of a stranger", n)
	}
}
