package protocol

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/testmail"
)

// phones is a push proxy, and what it was asked to tell phones.
func phones(t *testing.T) (address string, told <-chan *model.PushNotification) {
	t.Helper()
	all := make(chan *model.PushNotification, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n model.PushNotification
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil || r.Method != http.MethodPost || r.URL.Path != model.APIURLSuffixV1+"/send_push" {
			t.Errorf("the proxy was asked for %s %s (%v)", r.Method, r.URL, err)
		}
		all <- &n
		_ = json.NewEncoder(w).Encode(model.NewOkPushResponse())
	}))
	t.Cleanup(web.Close)
	return web.URL, all
}

// letter is the first mail to somebody, which waits for more that they may miss.
func letter(t *testing.T, caught *testmail.Catcher, to string) testmail.Mail {
	t.Helper()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for within := time.After(90 * time.Second); ; {
		if list := caught.Inbox(to); len(list) > 0 {
			return list[0]
		}
		select {
		case <-look.C:
		case <-within:
			t.Fatalf("no letter came to %s", to)
		}
	}
}

// Somebody who is not to be disturbed is not, also after a restart; then their phone tells them at once, and a letter what they missed.
func TestPeopleAreToldWhoAreNotThere(t *testing.T) {
	t.Parallel()
	address, told := phones(t)
	caught := testmail.Catch(t)
	host, port, _ := strings.Cut(caught.SMTP, ":")
	const p = "MM_EMAILSETTINGS_"
	w, ada, ben, channel := talk(t, p+"SENDPUSHNOTIFICATIONS=true", p+"PUSHNOTIFICATIONSERVER="+address,
		p+"SMTPSERVER="+host, p+"SMTPPORT="+port, p+"FEEDBACKEMAIL=no-reply@example.com")
	ctx := t.Context()
	if _, err := ben.AttachDeviceProps(ctx, map[string]string{"device_id": "apple_rn-v2:bens-phone"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ben.UpdatePreferences(ctx, ben.me.Id, model.Preferences{{UserId: ben.me.Id, Category: model.PreferenceCategoryNotifications, Name: model.PreferenceNameEmailInterval, Value: "30"}}); err != nil {
		t.Fatal(err)
	}
	ok[*model.Status](t)(ben.UpdateUserStatus(ctx, ben.me.Id, &model.Status{UserId: ben.me.Id, Status: model.StatusDnd, DNDEndTime: time.Now().Add(time.Hour).Unix()}))
	ben.socket.Close()
	w.stop()
	w.serve()
	missed := ada.say(channel, "one, @ben")
	mail := letter(t, caught, "ben@example.com")
	if !strings.Contains(mail.Text, "> one, @ben") || !strings.Contains(mail.Text, w.url+"/builders/pl/"+missed.Id) {
		t.Errorf("the letter is %s", mail.Text)
	}
	ok[*model.Status](t)(ben.UpdateUserStatus(ctx, ben.me.Id, &model.Status{UserId: ben.me.Id, Status: model.StatusOnline}))
	ada.say(channel, "two, @ben")
	select {
	case n := <-told:
		if n.Message != "@ada: two, @ben" || n.Type != model.PushTypeMessage || n.Version != model.PushMessageV2 || n.Platform != "apple_rn-v2" || n.DeviceId != "bens-phone" ||
			n.ChannelId != channel || n.Badge != 2 || len(n.AckId) != 26 || strings.Count(n.Signature, ".") != 2 {
			t.Errorf("told %+v", n)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the phone was told nothing")
	}
}
