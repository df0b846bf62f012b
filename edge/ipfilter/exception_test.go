package ipfilter_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

func hashed(tokens ...string) (list []string) {
	for _, token := range tokens {
		sum := sha256.Sum256([]byte(token))
		list = append(list, hex.EncodeToString(sum[:]))
	}
	return list
}

func TestExceptionsLetInForWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	soon := noon.Add(time.Hour)
	f := ipfilter.Compile(1, &feed.Filter{Exceptions: []feed.Exception{
		{For: "incoming_webhook", Network: "140.82.112.0/20", Tokens: hashed("b", "a")},
		{For: "incoming_webhook", Network: "::/0", Tokens: hashed("six")},
		{For: "scim", Network: "0.0.0.0/0", Tokens: hashed("s"), Until: &soon},
		{For: "scim", Network: "192.0.2.0/24"},
		{For: "everything", Network: "0.0.0.0/0", Tokens: hashed("a")},
		{For: "", Network: "0.0.0.0/0", Tokens: hashed("")},
		{For: "scim", Network: "10.1", Tokens: hashed("a")},
		{For: "scim", Network: "0.0.0.0/0", Tokens: []string{"00", strings.Repeat("z", 64)}},
	}})
	for _, c := range []struct {
		client  string
		purpose ipfilter.Purpose
		token   string
		at      time.Time
		want    bool
	}{
		{"140.82.112.1", ipfilter.IncomingWebhook, "a", noon, true},
		{"::ffff:140.82.112.1", ipfilter.IncomingWebhook, "b", noon, true},
		{"140.82.111.1", ipfilter.IncomingWebhook, "a", noon, false},
		{"140.82.112.1", ipfilter.IncomingWebhook, "c", noon, false},
		{"140.82.112.1", ipfilter.SCIM, "a", noon, false},
		{"140.82.112.1", "", "a", noon, false},
		{"140.82.112.1", "everything", "a", noon, false},
		{"140.82.112.1", "", "", noon, false},
		{"2001:db8::1%eth0", ipfilter.IncomingWebhook, "six", noon, true},
		{"192.0.2.1", ipfilter.IncomingWebhook, "six", noon, false},
		{"192.0.2.1", ipfilter.SCIM, "s", noon, true},
		{"192.0.2.1", ipfilter.SCIM, "s", soon, false},
		{"invalid", ipfilter.SCIM, "s", noon, false},
	} {
		client, _ := netip.ParseAddr(c.client)
		if got := f.Excepts(client, c.purpose, sha256.Sum256([]byte(c.token)), at(c.at)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		if f.Allows(client, at(c.at)) {
			t.Errorf("%s is let in for everything", c.client)
		}
	}
	if end, ok := f.NextEnd(at(noon)); !ok || !end.Equal(soon) {
		t.Errorf("the next ends at %s, %v", end, ok)
	}
}

func TestExceptionsThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	good := feed.Exception{For: "scim", Network: "::/0", Tokens: hashed("a")}
	f := &feed.Filter{Rules: rules("10.0.0.1").Rules, Exceptions: []feed.Exception{
		good, {For: "dance", Network: "::/0"}, {For: "scim", Network: "10.1"}, {For: "scim", Network: "::/0", Tokens: []string{"secret"}}}}
	usable, err := ipfilter.Usable(f)
	if len(usable.Exceptions) != 1 || len(usable.Rules) != 1 || err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%+v, %v", usable, err)
	}
	for _, say := range []string{`for "dance"`, "10.1", "not a SHA-256"} {
		if !strings.Contains(err.Error(), say) {
			t.Errorf("%v does not say %s", err, say)
		}
	}
	only := &feed.Filter{Exceptions: []feed.Exception{good}}
	if usable, err := ipfilter.Usable(only); err != nil || usable != only {
		t.Errorf("%+v, %v", usable, err)
	}
}
