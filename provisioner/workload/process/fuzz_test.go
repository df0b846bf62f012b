package process

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// FuzzDescription: what an agent takes for an instance's description is the whole body, can be started by the system, and no
// refusal tells a secret.
func FuzzDescription(f *testing.F) {
	const id = "in_01h0000000000000000000000g"
	good := `{"id":"` + id + `","generation":1,"binary":"/bin/x","args":["serve"],"sha256":"` + strings.Repeat("a", 64) + `","uid":1,"env":{"A":"secret-of-a"},` +
		`"limits":{"memory_bytes":1,"cpu_percent":1,"pids":1},"reach":["127.0.0.1:80"],"drain_grace_ns":1}`
	for _, body := range []string{good, good + "{}", good[:len(good)-1], strings.Replace(good, `"A"`, `"A=B"`, 1), strings.Replace(good, "serve", `a\u0000b`, 1), strings.Replace(good, "/bin/x", "/bin/../x", 1),
		strings.Replace(good, "secret-of-a", `secret-of-a\u0000`, 1), "null", "", strings.Repeat("[", 10_000)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d, err := described(strings.NewReader(body), id)
		if err == nil {
			err = d.Validate()
		}
		for name, value := range d.Env {
			if err != nil && len(value) > 8 && strings.Contains(value, "secret") && strings.Contains(err.Error(), value) {
				t.Errorf("the refusal tells a secret: %v", err)
			}
			if err == nil && (strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") || name == workload.ListenVariable) {
				t.Errorf("variable %q was let through", name)
			}
		}
		if err != nil {
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := described(strings.NewReader(string(again)), id); err != nil || !reflect.DeepEqual(back, d) || !json.Valid([]byte(body)) || strings.Contains(strings.Join(d.Args, ""), "\x00") {
			t.Errorf("%q was taken for %s, %v", body, again, err)
		}
	})
}
