package previews

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func said(t testing.TB, page, charset string) wire.OpenGraph {
	t.Helper()
	at, err := url.Parse("https://example.com/a/b?c")
	if err != nil {
		t.Fatal(err)
	}
	return parsePage(strings.NewReader(page), charset, at)
}

func TestAPageSaysWhatIsShownOfIt(t *testing.T) {
	t.Parallel()
	got := said(t, `<!doctype html><html><head><title>No</title><script>"<meta property='og:title' content='script'>"</script><!-- <meta property="og:title" content="comment"> -->
		<meta property="og:title" content="A &amp; B"><meta property="og:title" content="again"><meta property="og:description" content=" two
		lines "><meta property="og:site_name" content="Site"><meta property="og:type" content="article"><meta property="og:url" content="/canonical">
		<meta property="og:image" content="../i.png"><meta property="og:image:width" content="600"><meta property="og:image:height" content="x">
		<meta property="og:image:secure_url" content="javascript:alert(1)"><meta property="og:image" content="data:image/png;base64,xx"></head>
		<body><meta property="og:locale" content="body"></body>`, "")
	if got.Title != "A & B" || got.Description != "two lines" || got.SiteName != "Site" || got.Type != "article" || got.URL != "https://example.com/canonical" || got.Locale != "" {
		t.Errorf("%+v", got)
	}
	if len(got.Images) != 1 || *got.Images[0] != (wire.OpenGraphImage{URL: "https://example.com/i.png", Width: 600}) {
		t.Errorf("images %+v", got.Images)
	}
	plain := said(t, `<TITLE>Plain &lt;b&gt;</TITLE><meta name="Description" content="text">`, "")
	if plain.Title != "Plain <b>" || plain.Description != "text" || plain.URL != "https://example.com/a/b?c" {
		t.Errorf("%+v", plain)
	}
}

func TestAHostilePageTakesNoMoreThanItsPart(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"deep":    "<title>T</title>" + strings.Repeat("<div>", 200_000),
		"script":  "<title>T</title><script>" + strings.Repeat("x", 900_000),
		"tag":     "<title>T</title><meta " + strings.Repeat("a=b ", 200_000),
		"images":  "<title>T</title>" + strings.Repeat(`<meta property="og:image" content="/a"><meta property="og:image" content="/b">`, 5_000),
		"address": `<title>T</title><meta property="og:image" content="/` + strings.Repeat("\u00e4", 2_000) + `">`,
	} {
		if got := said(t, page, ""); got.Title != "T" || len(got.Images) > mostImages {
			t.Errorf("%s: %.200v", name, got)
		}
	}
	if got := said(t, `<title>`+strings.Repeat("\u00e4", 5_000)+`</title>`, ""); utf8.RuneCountInString(got.Title) != longestTitle {
		t.Errorf("a title has %d runes", utf8.RuneCountInString(got.Title))
	}
	if got := said(t, "<title>a\x00b\u202ec</title>", ""); got.Title != "a bc" && got.Title != "a b c" && got.Title != "a\ufffdb c" {
		t.Errorf("%q", got.Title)
	}
}

func TestAPageIsReadInTheUsualCharacterSets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ page, charset, want string }{
		{"<title>f\u00fcr</title>", "utf-8", "f\u00fcr"},
		{"<title>f\xfcr</title>", "ISO-8859-1", "f\u00fcr"},
		{"<meta charset=windows-1252><title>f\xfcr</title>", "", "f\u00fcr"},
		{"<title>f\xfcr</title>", "utf-8", "f\ufffdr"},
		{"<title>\x83e\x83X\x83g</title>", "shift_jis", ""},
	} {
		if got := said(t, c.page, c.charset).Title; got != c.want {
			t.Errorf("%q in %s is %q", c.page, c.charset, got)
		}
	}
}

// FuzzPage: whatever a page says can be kept and passed on, within bounds.
func FuzzPage(f *testing.F) {
	for _, page := range []string{"<title>x</title>", `<meta property="og:image" content="//a.b/c">`, "<meta charset=x><title>\xff", "<script><!--<script>", "<title>\x00</title>", `<meta name="og:title" content='&#0;&#xd800;'>`} {
		f.Add(page, "")
	}
	f.Fuzz(func(t *testing.T, page, charset string) {
		found, err := read(outbound.Page{URL: &url.URL{Scheme: "https", Host: "example.com"}, Kind: "text/html; charset=" + charset, Body: strings.NewReader(page)}, "https://example.com")
		got := found.Data
		if err == nil && (found.Kind == Page) != (got.Title+got.Description != "" || len(got.Images) > 0) {
			t.Errorf("%q is a %s with %+v", page, found.Kind, got)
		}
		raw, err := json.Marshal(got)
		var again wire.OpenGraph
		if err != nil || json.Unmarshal(raw, &again) != nil || again.Title != got.Title || bytes.Contains(raw, []byte(`\u0000`)) {
			t.Errorf("%q can't be kept: %s", page, raw)
		}
		if utf8.RuneCountInString(got.Title) > longestTitle || utf8.RuneCountInString(got.Description) > longestText || len(got.Images) > mostImages || !utf8.ValidString(got.Title) {
			t.Errorf("%q says %s", page, raw)
		}
		for _, i := range got.Images {
			if !strings.HasPrefix(i.URL, "http://") && !strings.HasPrefix(i.URL, "https://") {
				t.Errorf("%q has the image %q", page, i.URL)
			}
		}
	})
}

// FuzzSize: an image is as large as it says, or can't be measured.
func FuzzSize(f *testing.F) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		f.Fatal(err)
	}
	for _, head := range [][]byte{small.Bytes(), []byte("GIF89a\x05\x00\x04\x00\x00\x00\x00"), []byte("\xff\xd8\xff"), []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), nil} {
		f.Add(head)
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if got := parseSize(head); got != nil && (got.Width < 1 || got.Height < 1 || max(got.Width, got.Height) > mostSide || got.Format == "") {
			t.Errorf("%+v", got)
		}
	})
}
