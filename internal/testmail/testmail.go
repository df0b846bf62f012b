// Package testmail gives a test a mail server that delivers nothing, and shows what it caught. It is never part of a program.
package testmail

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

// Catcher is a running mail server.
type Catcher struct {
	t    testing.TB
	SMTP string // host:port
	http string
}

// Mail is one that was caught.
type Mail struct {
	ID, Subject, From, Text string
	To                      []string
}

// Catch runs a catcher until the test ends.
func Catch(t testing.TB) *Catcher {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "addresses")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- embedded.RunMail(ctx, embedded.Mail{Dir: dir, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", AddressFile: file})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	c := &Catcher{t: t}
	c.until("the mail catcher announces nothing", func() bool {
		var at embedded.MailAddresses
		content, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(content, &at) != nil {
			return false
		}
		c.SMTP, c.http = at.SMTP, "http://"+at.HTTP
		return true
	})
	return c
}

func (c *Catcher) until(otherwise string, is func() bool) {
	c.t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			c.t.Fatal(otherwise)
		case <-tick.C:
		}
	}
}

// Inbox is what came for an address, the newest first; empty: for anybody.
func (c *Catcher) Inbox(to string) []Mail {
	c.t.Helper()
	var list struct{ Messages []Mail }
	c.get("/api/messages?to="+url.QueryEscape(to), &list)
	for i := range list.Messages {
		c.get("/api/messages/"+list.Messages[i].ID, &list.Messages[i])
	}
	return list.Messages
}

// Await is the newest mail for an address, once there are so many.
func (c *Catcher) Await(to string, n int) Mail {
	c.t.Helper()
	var got []Mail
	c.until("no such mail came to "+to, func() bool {
		got = c.Inbox(to)
		return len(got) >= n
	})
	return got[0]
}

func (c *Catcher) get(path string, into any) {
	c.t.Helper()
	answer, err := http.Get(c.http + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		c.t.Fatal(err)
	}
}
