package api_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Whoever has programs called that answer late keeps nobody else from calling any, by whatever they do it.
func TestNobodyHasAllProgramsCalled(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	goOn, called := make(chan struct{}), make(chan struct{}, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called <- struct{}{}
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	quick := b.program("application/json", "{}")
	b.tell(b.newHook(b.admin, wire.IncomingWebhook{}).ID, "application/json", buttons(slow.URL))
	post := b.last(b.public.ID, 1)[0]
	b.newCommand(b.admin, wire.Command{Trigger: "slow", URL: slow.URL})
	dialog := func(as person, at string) answer {
		return b.call(as, http.MethodPost, "/actions/dialogs/submit", map[string]any{"url": at, "channel_id": b.public.ID, "team_id": b.team.ID})
	}
	ways := []func() answer{
		func() answer { return dialog(b.member, slow.URL) },
		func() answer { return b.call(b.member, http.MethodPost, press(post, "yes"), nil) },
		func() answer {
			return b.call(b.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/slow"})
		},
	}
	var calls sync.WaitGroup
	for range 2 {
		for _, way := range ways {
			calls.Go(func() { way() })
			<-called
		}
	}
	for i, way := range ways {
		if got := way().status; got != http.StatusBadRequest || len(called) > 0 {
			t.Errorf("%d: one more answers %d, and %d were called", i, got, len(called))
		}
	}
	if got := dialog(b.admin, quick.url).status; got != http.StatusOK {
		t.Errorf("another user's is called with %d", got)
	}
	close(goOn)
	calls.Wait()
	if got := dialog(b.member, quick.url).status; got != http.StatusOK {
		t.Errorf("later it is called with %d", got)
	}
}
