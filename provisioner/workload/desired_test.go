package workload_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestReachOfNothingIsNotReachOfAnything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reach []string
		isNil bool
	}{{nil, true}, {[]string{}, false}} {
		b, err := json.Marshal(workload.Desired{Reach: c.reach})
		var back workload.Desired
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if err != nil || (back.Reach == nil) != c.isNil || strings.Contains(string(b), "reach") == c.isNil {
			t.Errorf("%#v became %#v by way of %s, %v", c.reach, back.Reach, b, err)
		}
	}
}

func TestReachIsHostAndPort(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"127.0.0.1:9000", "s3.example:443", "[::1]:25"} {
		if _, _, err := workload.SplitReach(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "x", ":80", "x:", "x:0", "x:65536", "x:http", "::1:25"} {
		if _, _, err := workload.SplitReach(bad); !errors.Is(err, workload.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSecretsDontPrint(t *testing.T) {
	t.Parallel()
	d := workload.Desired{ID: "in_x", Env: workload.Env{"PASSWORD": "hunter2"}}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "desired", d, "pointer", &d, "env", d.Env)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&log, form, d)
		fmt.Fprintf(&log, form, &d)
		fmt.Fprintf(&log, form, d.Env)
		fmt.Fprintf(&log, form, struct{ Inside workload.Desired }{d})
	}
	if strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "[1 variables]") {
		t.Fatalf("printed: %s", log.String())
	}
}

func TestBrokerThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	good := workload.Place{Address: "127.0.0.1:9000", Most: 1}
	for name, c := range map[string]struct {
		broker *workload.Broker
		fine   bool
	}{
		"none": {nil, true}, "of nothing": {&workload.Broker{}, true}, "of a unix socket too": {&workload.Broker{Places: []workload.Place{good, {Address: "/run/x", Most: 1, Shared: 9}}}, true},
		"twice the same": {&workload.Broker{Places: []workload.Place{good, good}}, false}, "no connections": {&workload.Broker{Places: []workload.Place{{Address: "x:1"}}}, false},
		"less than none": {&workload.Broker{Places: []workload.Place{{Address: "x:1", Most: 1, Shared: -1}}}, false},
		"no port":        {&workload.Broker{Places: []workload.Place{{Address: "x", Most: 1}}}, false}, "too many": {&workload.Broker{Places: make([]workload.Place, 17)}, false},
	} {
		d := workload.Desired{ID: id.Show(id.Instance, id.New()), Generation: 1, Binary: "/x", SHA256: strings.Repeat("0", 64), Broker: c.broker}
		if err := d.Validate(); (err == nil) != c.fine || err != nil && !errors.Is(err, workload.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
