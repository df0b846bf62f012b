package workload_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

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
