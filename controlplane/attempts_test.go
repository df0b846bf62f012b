package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// tooLong is refused before it is hashed, which makes many failures cheap.
var tooLong = strings.Repeat("ä", 400)

func (b *bundle) loginFrom(s *Server, remote string, body LoginBody) *httptest.ResponseRecorder {
	b.t.Helper()
	raw, err := json.Marshal(body)
	b.must(err)
	r := httptest.NewRequest(http.MethodPost, prefix+"/login", bytes.NewReader(raw))
	r.RemoteAddr = remote
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestFailedSignInsAreBoundedPerAccountAndAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signUp("engines")
	now, server := time.Now().UTC(), newServer(b.server.config)
	server.now = func() time.Time { return now }
	right, wrong := LoginBody{"engines@example.com", password}, LoginBody{" Engines@example.com", tooLong}
	const here, there = "192.0.2.1:1000", "192.0.2.2:1000"
	for range 5 { // who signs in uses nothing up
		if w := b.loginFrom(server, here, right); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for i := range perAccount.most {
		if w := b.loginFrom(server, fmt.Sprintf("192.0.2.1:%d", 1000+i), wrong); w.Code != http.StatusUnauthorized {
			t.Fatalf("failure %d: %d %s", i, w.Code, w.Body)
		}
	}
	for _, body := range []LoginBody{wrong, right} {
		w := b.loginFrom(server, here, body)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" || w.Header().Get("Content-Type") != problemType || !strings.Contains(w.Body.String(), "in 2 s") {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}
	if w := b.loginFrom(server, there, right); w.Code != http.StatusCreated {
		t.Errorf("locked out from another address: %d %s", w.Code, w.Body)
	}
	if w := b.loginFrom(server, here, LoginBody{"other@example.com", tooLong}); w.Code != http.StatusUnauthorized {
		t.Errorf("locked out of another account: %d %s", w.Code, w.Body)
	}
	now = now.Add(perAccount.forget)
	if w := b.loginFrom(server, here, right); w.Code != http.StatusCreated {
		t.Errorf("locked out for longer than announced: %d %s", w.Code, w.Body)
	}
}

func TestFailedSignInsAreBoundedPerAddressOverAllAccounts(t *testing.T) {
	t.Parallel()
	a, now, wrong := newAttempts(), time.Now(), &tenants.Refusal{Reason: tenants.Unauthenticated}
	fail := func(i int, from string) int {
		err := a.try(t.Context(), now, fmt.Sprintf("%d@example.com", i), from, func() error { return wrong })
		if p := (*Problem)(nil); errors.As(err, &p) {
			return p.Status
		}
		return http.StatusUnauthorized
	}
	for i := range perAddress.most {
		if got := fail(i, "[2001:db8::1]:1"); got != http.StatusUnauthorized {
			t.Fatalf("failure %d: %d", i, got)
		}
	}
	for from, want := range map[string]int{"[2001:db8::1]:1": 429, "[2001:db8::ffff]:2": 429, "[2001:db8:0:1::1]:1": 401, "192.0.2.1:1": 401} {
		if got := fail(-1, from); got != want {
			t.Errorf("%s: %d, want %d", from, got, want)
		}
	}
}

func TestOnlyWrongPasswordsCount(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Now()
	for _, err := range []error{nil, errors.New("the database is away"), &tenants.Refusal{Reason: tenants.Exhausted}} {
		for range perAccount.most + 1 {
			if got := a.try(t.Context(), now, "ada@example.com", "192.0.2.1:1", func() error { return err }); !errors.Is(got, err) {
				t.Fatalf("%v became %v", err, got)
			}
		}
	}
}

func TestTriesAtOnceDoNotAllPass(t *testing.T) {
	t.Parallel()
	a, now, passed := newAttempts(), time.Now(), 0
	var enter func() error
	enter = func() error { // while it runs, the next begins
		passed++
		_ = a.try(t.Context(), now, "ada@example.com", "192.0.2.1:1", enter)
		return &tenants.Refusal{Reason: tenants.Unauthenticated}
	}
	_ = enter()
	if passed != perAccount.most+1 { // the first was outside
		t.Errorf("%d passed", passed-1)
	}
}

// TestNobodyWaitsForAClockThatWasPutBack longer than they would have waited.
func TestNobodyWaitsForAClockThatWasPutBack(t *testing.T) {
	t.Parallel()
	a, b, most := newAttempts(), newBucket("x"), allowance{3, time.Minute}
	now := time.Unix(1_900_000_000, 0)
	for range 3 {
		if wait := a.pour(now, b, most); wait > 0 {
			t.Errorf("%s", wait)
		}
	}
	now = now.Add(-24 * time.Hour)
	if wait := a.pour(now, b, most); wait != time.Minute {
		t.Errorf("it is possible again in %s", wait)
	}
	if wait := a.pour(now.Add(time.Minute), b, most); wait > 0 {
		t.Errorf("a minute later it is possible in %s", wait)
	}
}

// TestARefusedTryLeavesNothingBehind: neither is the next one possible later for it, nor sooner.
func TestARefusedTryLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	a, b, most := newAttempts(), newBucket("x"), allowance{3, time.Minute}
	now := time.Unix(1_900_000_000, 0)
	for i := range 6 {
		if wait := a.pour(now, b, most); wait > 0 != (i >= 3) || wait > time.Minute {
			t.Errorf("the %d. is possible in %s", i+1, wait)
		}
	}
	now = now.Add(time.Minute)
	for i := range 2 {
		if wait := a.pour(now, b, most); wait > 0 != (i == 1) {
			t.Errorf("a minute later, the %d. is possible in %s", i+1, wait)
		}
	}
}

// TestRefusedTriesAtOnceFreeNoGuess, whichever of the two limits refuses them.
func TestRefusedTriesAtOnceFreeNoGuess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email func(i int) string
		most  int
	}{
		"one account":  {func(int) string { return "ada@example.com" }, perAccount.most},
		"all accounts": {func(i int) string { return fmt.Sprintf("%d@example.com", i%100) }, perAddress.most},
	} {
		a, now := newAttempts(), time.Now()
		var passed atomic.Int64
		var trying sync.WaitGroup
		for range 8 {
			trying.Go(func() {
				for i := range 5000 {
					_ = a.try(context.Background(), now, c.email(i), "192.0.2.1:1", func() error {
						passed.Add(1)
						return &tenants.Refusal{Reason: tenants.Unauthenticated}
					})
				}
			})
		}
		trying.Wait()
		if n := passed.Load(); n != int64(c.most) {
			t.Errorf("%s: %d guesses, where %d are allowed", name, n, c.most)
		}
	}
}

func TestAttemptsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Now()
	for i := range bucketsMost + 10 {
		a.pour(now, newBucket(fmt.Sprint(i)), perAccount)
	}
	if len(a.full) != bucketsMost {
		t.Errorf("%d buckets", len(a.full))
	}
}
