package up

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

func TestChangedSettingsReplaceWhomTheyConcern(t *testing.T) {
	t.Parallel()
	settings := datadir.Settings{BaseDomain: "longhouse.localhost", EdgeHTTP: "127.0.0.1:1", API: "127.0.0.1:2", Blanks: 4}
	of := func(change func(*datadir.Settings)) (edge, control string) {
		m := &machine{settings: settings}
		change(&m.settings)
		return m.edge().Settings, m.control().Settings
	}
	edge, control := of(func(*datadir.Settings) {})
	for name, c := range map[string]struct {
		change        func(*datadir.Settings)
		edge, control bool
	}{
		"nothing":          {func(*datadir.Settings) {}, false, false},
		"whom it believes": {func(s *datadir.Settings) { s.ProxyProtocol = true }, true, true},
		"edge's port":      {func(s *datadir.Settings) { s.EdgeHTTP = "127.0.0.1:3" }, true, true},
		"API's port":       {func(s *datadir.Settings) { s.API = "127.0.0.1:3" }, true, true},
		"blanks":           {func(s *datadir.Settings) { s.Blanks = 0 }, false, true},
		"lease":            {func(s *datadir.Settings) { s.Lease.Duration = time.Second }, false, true},
		"mail's server":    {func(s *datadir.Settings) { s.SMTP = "127.0.0.1:3" }, false, true},
	} {
		gotEdge, gotControl := of(c.change)
		if (gotEdge != edge) != c.edge || (gotControl != control) != c.control {
			t.Errorf("%s: the edge is replaced: %v, control: %v", name, gotEdge != edge, gotControl != control)
		}
	}
}

// TestASettingThatTakesAnothersPlaceIsAChange: the same word means something else there.
func TestASettingThatTakesAnothersPlaceIsAChange(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	for _, s := range []datadir.Settings{{WorkspaceRates: "0"}, {AddressRates: "0"}, {WorkspaceConnections: "0"}} {
		texts[edgeSettings(s)] = true
	}
	if len(texts) != 3 {
		t.Errorf("of three settings some are told alike: %v", texts)
	}
}

func TestEventuallyAsksUntilItIsSoOrTheTimeIsOver(t *testing.T) {
	t.Parallel()
	tries, notYet := 0, errors.New("not yet")
	must(t, eventually(t.Context(), 20*time.Second, func(context.Context) error {
		if tries++; tries < 3 {
			return notYet
		}
		return nil
	}))
	if err := eventually(t.Context(), 20*time.Millisecond, func(context.Context) error { return notYet }); !errors.Is(err, notYet) {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := eventually(ctx, time.Hour, func(context.Context) error { return notYet }); !errors.Is(err, notYet) {
		t.Errorf("err = %v", err)
	}
}

func TestReadyIsOnlyWhatAnswersSo(t *testing.T) {
	t.Parallel()
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	if err := ready(server.URL, nil)(t.Context()); err == nil || err.Error() != "it answered 503 Service Unavailable" {
		t.Errorf("err = %v", err)
	}
	status = http.StatusOK
	must(t, ready(server.URL, nil)(t.Context()))
}
