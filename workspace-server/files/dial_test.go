package files

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

func TestConnectionsToTheStoreAreOpenedByWhoIsToldTo(t *testing.T) {
	t.Parallel()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(store.Close)
	var dialled atomic.Int32
	client := NewClient(config.Bucket{Endpoint: "http://store.invalid:9000", Region: "local", Name: "b", AccessKey: "a", SecretKey: "s"},
		func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Add(1)
			if network != "tcp" || address != "store.invalid:9000" {
				t.Errorf("asked for %s %s", network, address)
			}
			return new(net.Dialer).DialContext(ctx, "tcp", store.Listener.Addr().String())
		})
	for range 3 {
		if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}); err != nil {
			t.Fatal(err)
		}
	}
	if n := dialled.Load(); n != 1 {
		t.Errorf("%d connections were opened for three requests", n)
	}
}
