package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/upcall"
)

// FuzzAnswer: what is taken for a filter was said with a 200 and comes back as it was; all else is a refusal, with the status.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"version":1,"settled":true,"rules":[{"network":"::/0","enabled":true}]}`))
	f.Add(409, []byte(`{"detail":"this IP filter shuts you out"}`))
	f.Add(200, []byte(`{"rules":{}}`))
	f.Fuzz(func(t *testing.T, status int, answer []byte) {
		got, err := parseAnswer(status, answer)
		var refused *Refused
		switch {
		case status != http.StatusOK:
			if !errors.As(err, &refused) || refused.Status != status || len(got.Rules) > 0 {
				t.Fatalf("%d is %+v, %v", status, got, err)
			}
		case err == nil:
			again, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var back upcall.IPFilter
			if err := json.Unmarshal(again, &back); err != nil || !reflect.DeepEqual(got, back) {
				t.Fatalf("%+v became %+v, %v", got, back, err)
			}
		}
	})
}
