package posts

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// FuzzMentions: a name that is mentioned can be a user's, stands behind an @ that no name runs into, and comes at most twice for each @.
func FuzzMentions(f *testing.F) {
	for _, message := range []string{"@ben", "hi @Ben.", "ben@example.com", "@@ben", "@ben@cy", "@...", "@ben-_.", "\u00e4@ben", "@all,@here", "@", strings.Repeat("@a ", 3000)} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		names := mentions(message)
		if len(names) > 2*strings.Count(message, "@") {
			t.Errorf("%q mentions %q", message, names)
		}
		lower := strings.ToLower(message)
		for _, name := range names {
			if !regexp.MustCompile(`^[a-z0-9._-]+$`).MatchString(name) || !strings.Contains(lower, "@"+name) {
				t.Errorf("%q mentions %q", message, name)
			}
		}
		for _, m := range regexp.MustCompile(`(?:^|[ \n(])@([A-Za-z0-9][A-Za-z0-9._-]*)`).FindAllStringSubmatch(message, -1) {
			if name := strings.ToLower(m[1]); !slices.Contains(names, name) {
				t.Errorf("%q does not mention %q: %q", message, name, names)
			}
		}
	})
}

// FuzzKeywords: what somebody is called by is found by its words, of which the message has all; and standing alone or between spaces it is said.
func FuzzKeywords(f *testing.F) {
	for _, key := range []string{"hammer", "C++", "f\u00fcr", "\u4f1a\u8b70", "on-call", "two words", "++", "a_b", "\u212a", "", " "} {
		f.Add("bring the "+key+", please", key)
		f.Add("x"+key+"x", key)
	}
	f.Fuzz(func(t *testing.T, message, key string) {
		if !utf8.ValidString(message) || !utf8.ValidString(key) {
			return // what is stored is text
		}
		lower, key := strings.ToLower(message), strings.ToLower(strings.TrimSpace(key))
		if key != "" && (!says(key, key) || !says("bring "+key+" along", key)) {
			t.Errorf("%q is not said by itself", key)
		}
		said := says(lower, key)
		if said && (key == "" || !strings.Contains(lower, key)) {
			t.Errorf("%q says %q", message, key)
		}
		ascii := !strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII })
		known := words(message)
		for _, w := range words(key) {
			if said && ascii && !slices.Contains(known, w) {
				t.Errorf("%q says %q and has the words %q", message, key, known)
			}
		}
	})
}

// FuzzSpoken: what is spoken is part of the message, in its order, all of it where there is no code, and nothing of what a fence or backticks hold.
func FuzzSpoken(f *testing.F) {
	for _, message := range []string{"@ben", "`@ben`", "``@ben ` @cy`` @dee", "```\n@ben\n```\n@cy", "~~~go\n@ben", "    @ben\n@cy", "\t@ben", "`@ben\n\n@cy`", "``` @ben ``` @cy", "1. a\n\n    @ben", "`", "```a`\n@ben"} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		said := spoken(message)
		if len(said) > len(message) || (!strings.ContainsAny(message, "`~\t") && !strings.Contains(message, "    ") && said != message) {
			t.Fatalf("of %q is spoken %q", message, said)
		}
		rest := message
		for word := range strings.FieldsSeq(said) {
			at := strings.Index(rest, word)
			if at < 0 {
				t.Fatalf("of %q is spoken %q", message, said)
			}
			rest = rest[at+len(word):]
		}
		plain := "\x01" + strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, message)
		if got := spoken("see `" + plain + "` and\n~~~\n" + plain + "\n~~~\nthen ``" + plain + "``"); strings.Contains(got, "\x01") {
			t.Errorf("of code with %q is spoken %q", plain, got)
		}
	})
}

// FuzzHashtags: hashtags are words of the message, in their order, each with a letter behind its only #, and together short.
func FuzzHashtags(f *testing.F) {
	for _, message := range []string{"#timber", "a #timber, #Oak.", "#1st", "##x", "#ab", "#\u00e4\u00e4\u00e4!", "x#timber", "#a#bcd", "#\xff\xff\xff", strings.Repeat("#timber ", 300), "#ab\u00a0cd"} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		joined := hashtags(message)
		if len(joined) > 1000 {
			t.Errorf("%q has %d bytes of hashtags", message, len(joined))
		}
		rest := message
		for tag := range strings.FieldsSeq(joined) {
			r, _ := utf8.DecodeRuneInString(tag[1:])
			at := strings.Index(rest, tag)
			if tag[0] != '#' || !unicode.IsLetter(r) || strings.Count(tag, "#") != 1 || at < 0 || utf8.RuneCountInString(tag) <= shortestHashtag {
				t.Fatalf("%q has the hashtags %q", message, joined)
			}
			rest = rest[at+len(tag):]
		}
		if strings.Join(strings.Fields(joined), " ") != joined || hashtags(joined) != joined {
			t.Errorf("%q has the hashtags %q, and those %q", message, joined, hashtags(joined))
		}
	})
}

// FuzzProps: props of a bot's post say so, those of a person's say nobody else, and all else in them stays as it was.
func FuzzProps(f *testing.F) {
	for _, props := range []string{"{}", `{"a":{"b":[1,null]}}`, `{"from_bot":false,"override_username":"ada"}`, `{"from_webhook":"true","x":"\\u2028"}`, `{"force_notification":true}`, "null", "[]", ""} {
		f.Add([]byte(props))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var before, bot, person map[string]any
		if json.Unmarshal(text, &before) != nil || before == nil {
			return
		}
		said, kept := json.RawMessage(bytes.Clone(text)), json.RawMessage(bytes.Clone(text))
		if err := setProp(&said, "from_bot", "true"); err != nil {
			t.Fatal(err)
		}
		loud := Draft{Props: bytes.Clone(text), ByProgram: true}
		if err := loud.sign(); err != nil {
			t.Fatal(err)
		}
		var program map[string]any
		if json.Unmarshal(loud.Props, &program) != nil || program[ForceNotification] != nil {
			t.Errorf("%s becomes %s", text, loud.Props)
		}
		if err := ownProps(&kept); err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(said, &bot) != nil || json.Unmarshal(kept, &person) != nil {
			t.Fatalf("%s, %s", said, kept)
		}
		for _, name := range notOwn {
			delete(before, name)
		}
		if !reflect.DeepEqual(before, person) {
			t.Errorf("%s became %s", text, kept)
		}
		if bot["from_bot"] != "true" {
			t.Errorf("%s became %s", text, said)
		}
		stored, err := rewritten(bytes.Clone(kept), json.RawMessage("{}"))
		if err != nil {
			t.Fatal(err)
		}
		other := bytes.Clone(stored)
		if err := setProp((*json.RawMessage)(&other), "", "\ufffe"); err != nil {
			t.Fatal(err)
		}
		if p := (dbsql.Post{Props: stored}); Rewrites(p, nil, &stored) || !Rewrites(p, nil, (*json.RawMessage)(&other)) {
			t.Errorf("%s is rewritten by what it is, or is not by %s", stored, other)
		}
	})
}

// FuzzLinks: the first link of a message stands in it, and can be asked for.
func FuzzLinks(f *testing.F) {
	for _, message := range []string{"https://example.com.", "[x](http://a.b/(c))", "`http://a`", "://", "http://[::1]:80/", "HTTP://\u00e4.example/\u00fc", "https://site.example/a/pl/x", "http://\xff"} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		link := firstLink(message)
		if link == "" {
			return
		}
		if !outbound.Valid(link) || len(link) > longestLink || !strings.Contains(strings.Join(strings.Fields(message), " "), link) && !strings.Contains(message, link) {
			t.Errorf("%q has %q", message, link)
		}
		if post, own := permalink(link, "https://site.example"); own != (strings.TrimRight(link, "/?#") == "https://site.example" || strings.HasPrefix(link, "https://site.example/") ||
			strings.HasPrefix(link, "https://site.example?") || strings.HasPrefix(link, "https://site.example#")) || !post.IsZero() && !strings.Contains(link, "/pl/"+post.String()) {
			t.Errorf("%q: %s %t", link, post, own)
		}
	})
}
