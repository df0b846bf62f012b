package certs

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

// Who stops waiting while the control plane answers may have the lock without knowing. Others get it all the same, and not only once its
// lease has ended.
func TestALockThatNobodyKnowsToHaveIsGivenBack(t *testing.T) {
	t.Parallel()
	mux, taken := http.NewServeMux(), make(chan struct{}, 1)
	certstest.NewControl(t, "longhouse.localhost").Handle(mux)
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || r.URL.Path != wire.LockPath || len(taken) > 0 {
			mux.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(httptest.NewRecorder(), r)
		taken <- struct{}{}
		<-r.Context().Done() // and the answer is lost
	}))
	t.Cleanup(control.Close)
	one, other := newShared(control.URL, token(t)), newShared(control.URL, token(t))
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- one.Lock(ctx, "issue a.example") }()
	eventually(t, "the lock is taken", func() bool { return len(taken) > 0 })
	leave()
	if err := <-left; err == nil {
		t.Fatal("there was no answer")
	}
	soon, cancel := context.WithTimeout(t.Context(), leaseTime/2)
	defer cancel()
	began := time.Now()
	if err := other.Lock(soon, "issue a.example"); err != nil {
		t.Fatalf("after %s: %v", time.Since(began), err)
	}
	must(t, other.Unlock(t.Context(), "issue a.example"))
}
