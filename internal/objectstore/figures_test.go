package objectstore_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// told is what the store answers about itself.
func (n *tenant) told(path string) (status int, text string) {
	n.t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", n.store.Config.AdminSocket)
	}}}
	resp, err := c.Get("http://store" + path)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestAStoreTellsOfItsRequestsAndNamesNobody(t *testing.T) {
	t.Parallel()
	n := setup(t)
	if status, text := n.told("/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if _, text := n.told("/metrics"); strings.Contains(text, `code="2xx"`) || strings.Contains(text, `code="4xx"`) {
		t.Errorf("before anybody asked:\n%s", text)
	}
	n.put("key", []byte("text"))
	n.get("key")
	n.get("key")
	if _, err := n.tryGet("nothing", ""); err == nil {
		t.Error("there is nothing there")
	}
	for _, method := range []string{http.MethodPatch, "FROB"} { // which is refused before versitygw
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+n.store.Endpoint+"/"+n.bucket, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	status, text := n.told("/metrics")
	for _, want := range []string{`longhouse_store_requests_total{code="2xx",method="PUT"} 1`, `longhouse_store_requests_total{code="2xx",method="GET"} 2`,
		`longhouse_store_requests_total{code="4xx",method="GET"} 1`, `longhouse_store_requests_total{code="5xx",method="GET"} 0`, `,method="other"} `,
		`longhouse_store_request_duration_seconds_count{method="GET"} 3`, "longhouse_store_requests_in_flight 0", "longhouse_store_buckets 1",
		"longhouse_store_free_bytes ", "longhouse_store_reserve_bytes 1.073741824e+09", "process_open_fds ", "longhouse_build_info{"} {
		if !strings.Contains(text, want) {
			t.Errorf("%d: there is no %s in\n%s", status, want, text)
		}
	}
	for _, name := range []string{n.bucket, n.access, "FROB"} {
		if strings.Contains(text, name) {
			t.Errorf("the figures name %s", name)
		}
	}
}
