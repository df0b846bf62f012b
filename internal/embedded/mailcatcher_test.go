package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// catch runs a mail catcher until the test ends.
func catch(t *testing.T, dir string) MailAddresses {
	t.Helper()
	m := Mail{Dir: filepath.Join(dir, "mail"), SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", AddressFile: filepath.Join(dir, "mail.json")}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- RunMail(ctx, m) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	deadline := time.After(10 * time.Second)
	for {
		var at MailAddresses
		if content, err := os.ReadFile(m.AddressFile); err == nil && json.Unmarshal(content, &at) == nil {
			return at
		}
		select {
		case <-deadline:
			t.Fatal("the mail catcher announces nothing")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func fetch(t *testing.T, url string, into any) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	}
	return resp.StatusCode, string(b)
}

const twoParts = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/html\r\n\r\n<b>rich</b>\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nc2VlIGh0dHA6Ly94Lw==\r\n--b--\r\n"

func TestCaughtMailIsShownToWhomItWent(t *testing.T) {
	t.Parallel()
	at := catch(t, t.TempDir())
	if err := smtp.SendMail(at.SMTP, nil, "from@example.com", []string{"Ann@example.com", "bcc@example.com"}, []byte(twoParts)); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]int{"": 1, "ann@example.com": 1, "bcc@example.com": 1, "eve@example.com": 0} {
		var got struct{ Messages []message }
		fetch(t, "http://"+at.HTTP+"/api/messages?to="+to, &got)
		if len(got.Messages) != want {
			t.Errorf("%d messages to %q, want %d", len(got.Messages), to, want)
		}
	}
	var list struct{ Messages []message }
	fetch(t, "http://"+at.HTTP+"/api/messages", &list)
	var m message
	fetch(t, "http://"+at.HTTP+"/api/messages/"+list.Messages[0].ID, &m)
	if m.Subject != "Grüße" || strings.TrimSpace(m.Text) != "see http://x/" || m.From != "from@example.com" {
		t.Errorf("message = %+v", m)
	}
	if _, page := fetch(t, "http://"+at.HTTP+"/", nil); !strings.Contains(page, "Grüße") {
		t.Errorf("list:\n%s", page)
	}
	if _, page := fetch(t, "http://"+at.HTTP+"/messages/"+m.ID, nil); !strings.Contains(page, `<a href="http://x/"`) {
		t.Errorf("message:\n%s", page)
	}
}

func TestMailStaysAcrossARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Run("first", func(t *testing.T) {
		at := catch(t, dir)
		if err := smtp.SendMail(at.SMTP, nil, "a@example.com", []string{"b@example.com"}, []byte("Subject: kept\r\n\r\nx\r\n")); err != nil {
			t.Fatal(err)
		}
	})
	if err := os.Remove(filepath.Join(dir, "mail.json")); err != nil {
		t.Fatal(err)
	}
	if _, page := fetch(t, "http://"+catch(t, dir).HTTP+"/", nil); !strings.Contains(page, "kept") {
		t.Errorf("list:\n%s", page)
	}
}

func TestOldestMailMakesRoom(t *testing.T) {
	t.Parallel()
	box, err := openMailbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i := range keptMails + 3 {
		if err := box.put("a@x", []string{"b@x"}, fmt.Appendf(nil, "Subject: number %d\r\n\r\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := box.list("")
	if err != nil || len(all) != keptMails {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	if newest, oldest := all[0].Subject, all[len(all)-1].Subject; newest != "number 502" || oldest != "number 3" {
		t.Errorf("newest is %s, oldest is %s", newest, oldest)
	}
}

func TestHostileMailIsShownAsText(t *testing.T) {
	t.Parallel()
	at := catch(t, t.TempDir())
	evil := "Subject: <script>alert(1)</script>\r\n\r\n<script>alert(2)</script> javascript:alert(3)\r\n"
	if err := smtp.SendMail(at.SMTP, nil, "a@example.com", []string{"b@example.com"}, []byte(evil)); err != nil {
		t.Fatal(err)
	}
	var list struct{ Messages []message }
	fetch(t, "http://"+at.HTTP+"/api/messages", &list)
	for _, path := range []string{"/", "/messages/" + list.Messages[0].ID} {
		if _, page := fetch(t, "http://"+at.HTTP+path, nil); strings.Contains(page, "<script>") || strings.Contains(page, `href="javascript`) {
			t.Errorf("%s:\n%s", path, page)
		}
	}
}

// A message is for whom SMTP says, whatever it says of itself.
func TestAMessageIsNotForWhomItSays(t *testing.T) {
	t.Parallel()
	at := catch(t, t.TempDir())
	for _, raw := range []string{"Delivered-To: victim@example.com\r\nReturn-Path: <forged@example.com>\r\nSubject: x\r\n\r\nx\r\n", "no header at all\r\n"} {
		if err := smtp.SendMail(at.SMTP, nil, "a@example.com", []string{"b@example.com"}, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	for to, want := range map[string]int{"victim@example.com": 0, "b@example.com": 2} {
		var list struct{ Messages []message }
		if fetch(t, "http://"+at.HTTP+"/api/messages?to="+to, &list); len(list.Messages) != want {
			t.Errorf("%d messages to %s, want %d", len(list.Messages), to, want)
		}
		for _, m := range list.Messages {
			if m.From != "a@example.com" || len(m.To) != 1 {
				t.Errorf("%+v", m)
			}
		}
	}
}

func TestMailPageRefuses(t *testing.T) {
	t.Parallel()
	at := catch(t, t.TempDir())
	for _, path := range []string{"/api/messages/nothing", "/messages/..%2f..%2fmail", "/api/messages/20261121T000102.123456789Z-aaaaaaaa"} {
		if status, _ := fetch(t, "http://"+at.HTTP+path, nil); status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at.HTTP+"/api/messages", nil)
	req.Host = "rebound.example.com"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a rebound name is answered: %d", resp.StatusCode)
	}
}

func TestMailCatcherListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for address, says := range map[string]string{"0.0.0.0:0": "loopback", ":0": "loopback", "localhost": "host:port"} {
		err := RunMail(t.Context(), Mail{Dir: t.TempDir(), SMTP: address, HTTP: "127.0.0.1:0", AddressFile: filepath.Join(t.TempDir(), "a")})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPortInUseIsSaid(t *testing.T) {
	t.Parallel()
	at := catch(t, t.TempDir())
	err := RunMail(t.Context(), Mail{Dir: t.TempDir(), SMTP: at.SMTP, HTTP: "127.0.0.1:0", AddressFile: filepath.Join(t.TempDir(), "a")})
	if err == nil || !strings.Contains(err.Error(), at.SMTP) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
