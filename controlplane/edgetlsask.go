package controlplane

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/tenants"
)

// registered returns the domain that somebody registered and that a host is under, for which issuers count; for lack of one the host.
func registered(host string) string {
	host = strings.TrimPrefix(host, "*.")
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

func (s *Server) askTLS(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	host := q.Get(wire.HostParam)
	id, err := s.tls.Ask(r.Context(), tenants.TLSAsk{Host: host, Issuer: q.Get(wire.ByParam), Domain: registered(host)}, s.config.TLSLimits)
	if wait := (*tenants.TLSWait)(nil); errors.As(err, &wait) {
		p := problem(r.Context(), http.StatusTooManyRequests, wait.Said)
		p.header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Until.Sub(s.now()).Seconds())))))
		return p
	}
	if err != nil {
		return err
	}
	return answerEdge(w, wire.Ask{ID: id})
}

func (s *Server) endTLSAsk(w http.ResponseWriter, r *http.Request) error {
	return s.ends(w, r, s.tls.EndAsk)
}

func (s *Server) endTLSRevocation(w http.ResponseWriter, r *http.Request) error {
	return s.ends(w, r, s.tls.EndRevocation)
}

// ends takes what came of something that has a number.
func (s *Server) ends(w http.ResponseWriter, r *http.Request, end func(ctx context.Context, id int64, failed string) error) error {
	id, err := strconv.ParseInt(r.URL.Query().Get(wire.IDParam), 10, 64)
	if err != nil || id < 1 {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: "id is a whole number above 0"}
	}
	failed, err := takeAll(w, r, wire.MaxSaid)
	if err != nil {
		return err
	}
	return done(w, end(r.Context(), id, string(failed)))
}

func (s *Server) tlsRevocations(w http.ResponseWriter, r *http.Request) error {
	list, err := s.tls.Revocations(r.Context())
	if err != nil {
		return err
	}
	all := wire.Revocations{Revocations: make([]wire.Revocation, 0, len(list))}
	for _, v := range list {
		one := wire.Revocation{ID: v.ID, Host: v.Host, Issuer: v.Issuer, Fingerprint: v.Fingerprint, Reason: string(v.Reason)}
		if v.DoneAt == nil {
			one.Certificate = string(v.Certificate)
		}
		all.Revocations = append(all.Revocations, one)
	}
	return answerEdge(w, all)
}
