package controlplane

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

// attempts bounds what is tried, in the memory of this process: failed sign-ins, before a password is hashed, what workspaces ask, and what anybody
// asks who need not sign in. An account is bounded per address that asks for it, so that nobody locks somebody else out from afar; who comes from
// many addresses is bounded by the lane in which passwords are hashed.
type attempts struct {
	mu sync.Mutex
	// full holds, for each bucket that is not empty, when it will have drained. Each failure pours one drop in.
	full map[bucket]time.Time
}

// bucket is the hash of who is bounded, so that each takes the same little memory and none shows an e-mail address.
type bucket [sha256.Size]byte

// allowance is how many failures may come at once, and after how long one of them is forgotten.
type allowance struct {
	most   int
	forget time.Duration
}

var (
	perAccount = allowance{30, 2 * time.Second}         // from one address: 30 a minute
	perAddress = allowance{300, 200 * time.Millisecond} // over all accounts: 300 a minute
)

// bucketsMost bounds the memory to about 10 MB. Beyond it some bucket is forgotten, which lets a guess or two pass.
const bucketsMost = 100_000

func newAttempts() *attempts { return &attempts{full: map[bucket]time.Time{}} }

// try signs in unless too many tries failed lately. A try counts from its beginning, so that many at once don't all pass,
// and no longer when it did not fail for what was typed.
func (a *attempts) try(ctx context.Context, now time.Time, email, address string, signIn func() error) error {
	account := newBucket("account", emailOf(email), origin(address))
	all := newBucket("address", origin(address))
	ofAccount, ofAll := a.pour(now, account, perAccount), a.pour(now, all, perAddress)
	if wait := max(ofAccount, ofAll); wait > 0 {
		if ofAccount <= 0 {
			a.draw(account, perAccount)
		}
		if ofAll <= 0 {
			a.draw(all, perAddress)
		}
		return tooOften(ctx, "too many sign-ins failed from here; the next try", wait)
	}
	err := signIn()
	refusal := (*tenants.Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != tenants.Unauthenticated {
		a.draw(account, perAccount)
		a.draw(all, perAddress)
	}
	return err
}

// refuse counts that somebody asks for something, or says, as that is named, that they did too often, and when they may again. It does not count what
// it refuses.
func (a *attempts) refuse(ctx context.Context, now time.Time, most allowance, what string, who ...string) error {
	if wait := a.pour(now, newBucket(who...), most); wait > 0 {
		return tooOften(ctx, what+"; the next time", wait)
	}
	return nil
}

// pour puts a drop in, or, when there is no room for it, leaves nothing behind and returns how long to wait: many who are refused at once neither
// keep the next one waiting nor take a drop of others out.
func (a *attempts) pour(now time.Time, b bucket, to allowance) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	drained, known := a.full[b]
	if !known && len(a.full) >= bucketsMost {
		for some := range a.full {
			delete(a.full, some)
			break
		}
	}
	if drained.Before(now) {
		drained = now
	}
	if longest := now.Add(time.Duration(to.most) * to.forget); drained.After(longest) { // the clock was put back
		drained = longest
	}
	wait := drained.Sub(now) - time.Duration(to.most-1)*to.forget
	if wait <= 0 {
		drained = drained.Add(to.forget)
	}
	a.full[b] = drained
	return wait
}

// draw takes a drop out again that was poured.
func (a *attempts) draw(b bucket, of allowance) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if drained, known := a.full[b]; known {
		a.full[b] = drained.Add(-of.forget)
	}
}

func newBucket(parts ...string) bucket {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// origin is what of a connection's remote address one customer of a network has: an IPv4 address, or an IPv6 /64.
func origin(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	return originOf(at.Addr())
}

// originOf is what of an address one customer of a network has.
func originOf(from netip.Addr) string {
	address := from.Unmap().WithZone("")
	if prefix, err := address.Prefix(64); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

// emailOf is an e-mail address as it is compared.
func emailOf(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func tooOften(ctx context.Context, what string, wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	p := problem(ctx, http.StatusTooManyRequests, fmt.Sprintf("%s is possible in %d s", what, seconds))
	p.header.Set("Retry-After", strconv.Itoa(seconds))
	return p
}
