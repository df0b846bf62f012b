package rates

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestAFloodIsRefusedToOneTenantAlone until that is put on a plan that allows it.
func TestAFloodIsRefusedToOneTenantAlone(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--workspace-rate", "10,enterprise=0", "--address-rate", "0")
	loud, calm := m.SignUp(t, "loud"), m.SignUp(t, "calm")
	var flood sync.WaitGroup
	refused := 0
	flood.Go(func() {
		for range 500 { // two hundred may come at once
			if status, body, header := ask(t, m, loud); status == http.StatusTooManyRequests {
				if refused++; header.Get("Retry-After") != "1" || !strings.Contains(body, "longhouse.edge.too_fast") {
					t.Errorf("%v %s", header, body)
				}
			} else if status != http.StatusOK {
				t.Errorf("%d %s", status, body)
			}
		}
	})
	for range 100 {
		if status, body, _ := ask(t, m, calm); status != http.StatusOK {
			t.Fatalf("the neighbour is answered %d %s", status, body)
		}
	}
	flood.Wait()
	if refused < 100 {
		t.Errorf("of the flood %d were refused", refused)
	}
	m.CLI(t, m.Operator(t), nil, "tenants", "set-plan", "Tenant loud", "enterprise")
	changed := time.Now()
	machine.Eventually(t, time.Second, "the other plan to be in force", func() error {
		for range 20 { // the plan before lets a request in now and then
			if status, body, _ := ask(t, m, loud); status != http.StatusOK {
				return fmt.Errorf("%d %s", status, body)
			}
		}
		return nil
	})
	t.Logf("%d of 500 were refused; the other plan was in force after %s", refused, time.Since(changed))
	for range 300 {
		if status, body, _ := ask(t, m, loud); status != http.StatusOK {
			t.Fatalf("on the other plan it is answered %d %s", status, body)
		}
	}
}

func ask(t *testing.T, m *machine.Machine, c *machine.Customer) (status int, body string, header http.Header) {
	res, err := m.HTTP().Get(c.Workspace.URL + "/api/v4/system/ping")
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(text), res.Header
}
