package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// busyWith is what others see that somebody is up to, nil for nothing.
func (b *bundle) busyWith(as, who person) *wire.CustomStatus {
	b.t.Helper()
	text, ok := must[wire.User](b, as, http.MethodGet, "/users/"+who.id.String(), nil).Props["customStatus"]
	if !ok {
		return nil
	}
	var s wire.CustomStatus
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		b.t.Fatalf("the status is %q: %v", text, err)
	}
	return &s
}

func (b *bundle) recent(as person) []wire.CustomStatus {
	b.t.Helper()
	p := must[wire.Preference](b, as, http.MethodGet, "/users/me/preferences/custom_status/name/recent_custom_statuses", nil)
	var list []wire.CustomStatus
	if err := json.Unmarshal([]byte(p.Value), &list); err != nil {
		b.t.Fatalf("the recent ones are %q: %v", p.Value, err)
	}
	return list
}

const ownStatus = "/users/me/status/custom"

func TestEverybodySeesWhatSomebodyIsUpTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	soon := time.Now().Add(time.Hour)
	b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Emoji: "hammer", Text: "On the roof", Duration: "one_hour", ExpiresAt: soon})
	if s := b.busyWith(b.outside, b.member); s == nil || s.Emoji != "hammer" || s.Text != "On the roof" || s.Duration != "one_hour" || s.ExpiresAt.Sub(soon).Abs() > time.Second {
		t.Errorf("others see %+v", s)
	}
	b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Text: "Lunch"})
	if s := b.busyWith(b.outside, b.member); s == nil || s.Emoji != "speech_balloon" || s.Text != "Lunch" || !s.ExpiresAt.IsZero() {
		t.Errorf("then they see %+v", s)
	}
	b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Emoji: "hammer", ExpiresAt: soon})
	if s := b.busyWith(b.outside, b.member); s == nil || s.Duration != "date_and_time" {
		t.Errorf("until a time they see %+v", s)
	}
	for range 2 {
		b.must(b.member, http.MethodDelete, ownStatus, nil)
		if s := b.busyWith(b.outside, b.member); s != nil {
			t.Errorf("when it is taken back they see %+v", s)
		}
	}
	if got := b.call(b.outside, http.MethodPut, "/users/"+b.member.id.String()+"/status/custom", wire.CustomStatus{Text: "x"}).status; got != http.StatusForbidden {
		t.Errorf("in another's name: %d", got)
	}
}

func TestTheLastFiveStatusesAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 7 {
		b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Emoji: "hammer", Text: fmt.Sprint("Floor ", i)})
	}
	b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Emoji: "wave", Text: "Floor 4"})
	list := b.recent(b.member)
	if len(list) != 5 || list[0].Text != "Floor 4" || list[0].Emoji != "wave" || list[1].Text != "Floor 6" || list[4].Text != "Floor 2" {
		t.Fatalf("kept are %+v", list)
	}
	b.must(b.member, http.MethodDelete, ownStatus+"/recent", list[1])
	b.must(b.member, http.MethodPost, ownStatus+"/recent/delete", list[4])
	if left := b.recent(b.member); len(left) != 3 || left[0] != list[0] || left[1] != list[2] || left[2] != list[3] {
		t.Errorf("left are %+v", left)
	}
	b.must(b.member, http.MethodPut, "/users/me/preferences", []wire.Preference{{UserID: b.member.id, Category: "custom_status", Name: "recent_custom_statuses", Value: "nonsense"}})
	b.must(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Text: "Lunch"})
	if left := b.recent(b.member); len(left) != 1 {
		t.Errorf("after nonsense: %+v", left)
	}
}

func TestNoStatusOfTwoAtATimeIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			if got := b.call(b.member, http.MethodPut, ownStatus, wire.CustomStatus{Text: fmt.Sprint("Floor ", i)}); got.status != http.StatusOK {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	if list := b.recent(b.member); len(list) != 5 {
		t.Errorf("kept are %+v", list)
	}
}

func TestAStatusThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, s := range map[string]wire.CustomStatus{
		"neither emoji nor text":      {},
		"too long":                    {Text: strings.Repeat("x", 101)},
		"no emoji's name":             {Emoji: "a b"},
		"a duration that there isn't": {Text: "x", Duration: "for_ever", ExpiresAt: time.Now().Add(time.Hour)},
		"over already":                {Text: "x", Duration: "one_hour", ExpiresAt: time.Now().Add(-time.Hour)},
		"without an end":              {Text: "x", Duration: "one_hour"},
	} {
		if got := b.call(b.member, http.MethodPut, ownStatus, s); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if s := b.busyWith(b.admin, b.member); s != nil {
		t.Errorf("refused, and there is %+v", s)
	}
}
