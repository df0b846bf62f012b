package notify

import (
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestPeopleAreToldAsTheyWant(t *testing.T) {
	t.Parallel()
	both, push, mail, none := means{true, true}, means{push: true}, means{mail: true}, means{}
	said := func(words ...string) wire.StringMap {
		m := wire.StringMap{}
		for i := 0; i < len(words); i += 2 {
			m[words[i]] = words[i+1]
		}
		return m
	}
	for name, c := range map[string]struct {
		facts
		want means
	}{
		"who is not there and is mentioned":             {facts{mentioned: true, status: realtime.Offline}, both},
		"who is not there and is not":                   {facts{status: realtime.Offline}, none},
		"who is there":                                  {facts{mentioned: true, status: realtime.Online}, push},
		"who looks at it":                               {facts{mentioned: true, status: realtime.Online, looking: true}, none},
		"who is away":                                   {facts{mentioned: true, status: realtime.Away}, both},
		"who is not to be disturbed":                    {facts{mentioned: true, status: realtime.DND}, mail},
		"who is not to be disturbed and asked for it":   {facts{mentioned: true, status: realtime.DND, forced: true}, push},
		"who has muted the channel":                     {facts{mentioned: true, status: realtime.Offline, member: said("mark_unread", "mention")}, none},
		"who has muted the channel and wants all of it": {facts{mentioned: true, status: realtime.Offline, member: said("mark_unread", "mention", "push", "all")}, none},

		"who wants no push":                       {facts{mentioned: true, status: realtime.Offline, props: said("push", "none")}, mail},
		"who wants no push here":                  {facts{mentioned: true, status: realtime.Offline, member: said("push", "none")}, mail},
		"who wants none but here":                 {facts{mentioned: true, status: realtime.Offline, props: said("push", "none"), member: said("push", "mention")}, both},
		"who has nothing else to say here":        {facts{mentioned: true, status: realtime.Offline, props: said("push", "none"), member: said("push", "default")}, mail},
		"who wants all":                           {facts{status: realtime.Offline, props: said("push", "all")}, push},
		"who wants all here":                      {facts{status: realtime.Offline, member: said("push", "all")}, push},
		"who wants all, of a reply":               {facts{reply: true, status: realtime.Offline, props: said("push", "all")}, none},
		"who wants all, of a reply to them":       {facts{reply: true, mentioned: true, status: realtime.Offline, props: said("push", "all")}, both},
		"who wants all but mentions here":         {facts{status: realtime.Offline, props: said("push", "all"), member: said("push", "mention")}, none},
		"who wants a push when they are away":     {facts{mentioned: true, status: realtime.Online, props: said("push_status", "away")}, none},
		"and are away":                            {facts{mentioned: true, status: realtime.Away, props: said("push_status", "away")}, both},
		"and are offline":                         {facts{mentioned: true, status: realtime.Offline, props: said("push_status", "away")}, both},
		"who wants a push when they are offline":  {facts{mentioned: true, status: realtime.Away, props: said("push_status", "offline")}, mail},
		"and are":                                 {facts{mentioned: true, status: realtime.Offline, props: said("push_status", "offline")}, both},
		"who follows a thread":                    {facts{reply: true, follows: true, status: realtime.Offline}, both},
		"who follows it and wants mentions alone": {facts{reply: true, follows: true, status: realtime.Offline, props: said("push_threads", "mention", "email_threads", "mention")}, none},
		"who follows it and wants them here":      {facts{reply: true, follows: true, status: realtime.Offline, props: said("push_threads", "mention"), member: said("push_threads", "all")}, both},
		"who follows it and wants no push":        {facts{reply: true, follows: true, status: realtime.Offline, props: said("push", "none")}, mail},
		"who wants no mail":                       {facts{mentioned: true, status: realtime.Offline, props: said("email", "false")}, push},
		"who wants no mail of here":               {facts{mentioned: true, status: realtime.Offline, member: said("email", "false")}, push},
		"who wants mail of here":                  {facts{mentioned: true, status: realtime.Offline, props: said("email", "false"), member: said("email", "true")}, both},
	} {
		if got := decide(c.facts); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
