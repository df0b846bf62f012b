package certstest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

// Limit makes it let no issuer be asked, with this message, for half an hour; empty ends that.
func (c *Control) Limit(message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = message
}

// Asks returns what issuers were asked for.
func (c *Control) Asks() []Ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asks)
}

func (c *Control) askOne(w http.ResponseWriter, r *http.Request) {
	if c.limit != "" {
		w.Header().Set("Retry-After", "1800")
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]string{"detail": c.limit})
		return
	}
	c.asks = append(c.asks, Ask{Host: param(r, wire.HostParam), Issuer: param(r, wire.ByParam)})
	_ = json.NewEncoder(w).Encode(wire.Ask{ID: int64(len(c.asks))})
}

func (c *Control) endAsk(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(param(r, wire.IDParam))
	failed, _ := io.ReadAll(r.Body)
	c.asks[id-1].Failed, c.asks[id-1].Ended = string(failed), true
	w.WriteHeader(http.StatusNoContent)
}

// Revoke takes a host's certificate of an issuer away, and tells edges.
func (c *Control) Revoke(host, issuer, fingerprint, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	folder := "certificates/" + issuer + "/" + host + "/"
	c.revoked = append(c.revoked, wire.Revocation{ID: int64(len(c.revoked)) + 1, Host: host, Issuer: issuer, Fingerprint: fingerprint, Reason: reason,
		Certificate: string(c.values[folder+host+".crt"])})
	for key := range c.values {
		if strings.HasPrefix(key, folder) {
			delete(c.values, key)
		}
	}
}

// Rename calls the host of revocations by another name than its folder's.
func (c *Control) Rename(folder, host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.revoked {
		if c.revoked[i].Host == folder {
			c.revoked[i].Host = host
		}
	}
}

// Revoked returns the revocations; one without its certificate is over.
func (c *Control) Revoked() []wire.Revocation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.revoked)
}

func (c *Control) revocations(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(wire.Revocations{Revocations: c.revoked})
}

func (c *Control) endRevocation(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(param(r, wire.IDParam))
	if failed, _ := io.ReadAll(r.Body); len(failed) == 0 {
		c.revoked[id-1].Certificate = ""
	}
	w.WriteHeader(http.StatusNoContent)
}
