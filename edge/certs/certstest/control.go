package certstest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/internal/authority"
)

// Control is the part of a control plane that has to do with TLS certificates, in memory.
type Control struct {
	Root   []byte // of its local authority, in PEM
	Signed func(host string)
	Key    [authority.KeySize]byte // of its local authority

	mu      sync.Mutex
	values  map[string][]byte
	locks   map[string]lock
	signer  *authority.Authority
	refuses string
	tamper  func(request, signed []byte) []byte
	asks    []Ask
	limit   string
	revoked []wire.Revocation
}

// Ask is a certificate that an edge asked an issuer for.
type Ask struct {
	Host, Issuer, Failed string
	Ended                bool
}

// NewControl returns one whose authority is good for names under a domain.
func NewControl(t testing.TB, domain string) *Control {
	t.Helper()
	key := [authority.KeySize]byte{7}
	root, err := authority.NewRoot(key, domain, time.Now())
	must(t, err)
	signer, err := authority.Open(key, root)
	must(t, err)
	return &Control{Root: root, Key: key, Signed: func(string) {}, values: map[string][]byte{}, locks: map[string]lock{}, signer: signer}
}

// Refuse makes the authority refuse whatever is asked for, with this message; empty makes it sign again.
func (c *Control) Refuse(message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuses = message
}

// Tamper makes the authority give out what f makes of a request and of what was signed for it, both in PEM; nil ends that.
func (c *Control) Tamper(f func(request, signed []byte) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tamper = f
}

// Handle serves it on a mux, without looking at the token.
func (c *Control) Handle(mux *http.ServeMux) {
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET " + wire.ValuePath: c.get, "PUT " + wire.ValuePath: c.put, "DELETE " + wire.ValuePath: c.remove,
		"GET " + wire.StatPath: c.stat, "GET " + wire.KeysPath: c.keys,
		"POST " + wire.AsksPath: c.askOne, "PUT " + wire.AsksPath: c.endAsk, "GET " + wire.RevocationsPath: c.revocations, "PUT " + wire.RevocationsPath: c.endRevocation,
		"PUT " + wire.LockPath: c.lock, "DELETE " + wire.LockPath: c.unlock, "POST " + wire.SignPath: c.sign,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c.mu.Lock()
			defer c.mu.Unlock()
			serve(w, r)
		})
	}
}

// lock is whose a lock is, and until when.
type lock struct {
	owner string
	until time.Time
}

func param(r *http.Request, name string) string { return r.URL.Query().Get(name) }

func (c *Control) get(w http.ResponseWriter, r *http.Request) {
	value, ok := c.values[param(r, wire.KeyParam)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(value)
}

func (c *Control) put(w http.ResponseWriter, r *http.Request) {
	c.values[param(r, wire.KeyParam)], _ = io.ReadAll(r.Body)
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) remove(w http.ResponseWriter, r *http.Request) {
	gone := param(r, wire.KeyParam)
	for key := range c.values {
		if key == gone || strings.HasPrefix(key, gone+"/") {
			delete(c.values, key)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) stat(w http.ResponseWriter, r *http.Request) {
	at := param(r, wire.KeyParam)
	if value, ok := c.values[at]; ok {
		_ = json.NewEncoder(w).Encode(wire.Stat{Key: at, Modified: time.Now(), Size: int64(len(value)), Final: true})
		return
	}
	for key := range c.values {
		if strings.HasPrefix(key, at+"/") {
			_ = json.NewEncoder(w).Encode(wire.Stat{Key: at})
			return
		}
	}
	http.NotFound(w, r)
}

func (c *Control) keys(w http.ResponseWriter, r *http.Request) {
	keys := wire.Keys{Keys: []string{}}
	for key := range c.values {
		if under := param(r, wire.UnderParam); under == "" || strings.HasPrefix(key, under+"/") {
			keys.Keys = append(keys.Keys, key)
		}
	}
	_ = json.NewEncoder(w).Encode(keys)
}

func (c *Control) lock(w http.ResponseWriter, r *http.Request) {
	name, owner := param(r, wire.NameParam), param(r, wire.OwnerParam)
	if has, taken := c.locks[name]; taken && has.owner != owner && time.Now().Before(has.until) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	lease, _ := strconv.Atoi(param(r, wire.LeaseParam))
	c.locks[name] = lock{owner: owner, until: time.Now().Add(time.Duration(lease) * time.Second)}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) unlock(w http.ResponseWriter, r *http.Request) {
	if name := param(r, wire.NameParam); c.locks[name].owner == param(r, wire.OwnerParam) {
		delete(c.locks, name)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) sign(w http.ResponseWriter, r *http.Request) {
	request, _ := io.ReadAll(r.Body)
	host, err := authority.NameIn(request)
	if c.refuses != "" || err != nil {
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"detail": c.refuses})
		return
	}
	signed, err := c.signer.Sign(request, time.Now())
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if c.tamper != nil {
		signed = c.tamper(request, signed)
	}
	c.Signed(host)
	_, _ = w.Write(signed)
}
