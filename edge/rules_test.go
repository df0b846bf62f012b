package edge

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

// FuzzKept: a route that is read from disk comes back as it was when it is written again, and whoever its IP filter says nothing of
// that can be read is not let in.
func FuzzKept(f *testing.F) {
	for _, line := range []string{
		`{"workspace_id":"ws_a","hosts":["a.example"],"state":"serving","upstream":{"network":"unix","address":"/s"}}`,
		`{"workspace_id":"ws_a","state":"stopped","policy_version":1}` + "\t" + `{"rules":[{"id":"ipr_1","network":"192.0.2.0/24","until":"2030-01-01T00:00:00Z"}]}`,
		`{"workspace_id":"ws_a","state":"asleep","policy_version":1}` + "\t" + `{"open":true}`, `{"workspace_id":"ws_a"}` + "\t", `{"workspace_id":"ws_a","filter":{}}`, "null",
	} {
		f.Add([]byte(line))
	}
	stranger := netip.MustParseAddr("2001:db8::1")
	f.Fuzz(func(t *testing.T, line []byte) {
		route, err := parseKept(line)
		if err != nil {
			return
		}
		_, filter, has := bytes.Cut(line, []byte{filterMark})
		in := ipfilter.Compile(route.PolicyVersion, route.rules.read()).Allows(stranger, time.Now)
		if in && (has && !json.Valid(filter) || !has && route.PolicyVersion != 0) {
			t.Errorf("%q lets in", line)
		}
		record, _, err := encode(route.Route, route.rules, 0)
		must(t, err)
		again, err := parseKept(record[sumDigits+1 : len(record)-1])
		must(t, err)
		if !bytes.Equal(again.rules, route.rules) || (again.rules == nil) != (route.rules == nil) || !reflect.DeepEqual(again.Route, route.Route) {
			t.Errorf("%q came back as %q", line, record)
		}
	})
}
