package main

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestOperatorsSeeAndRevokeTLSCertificates(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.want(exitNotSignedIn, "tls-certificates", "list")
	operator, err := s.store.EnsureOperator(t.Context(), "local")
	s.must(err)
	s.token = operator
	if r := s.want(exitDone, "tls-certificates", "list"); !strings.Contains(r.out, "LAST FAILURE") {
		t.Errorf("%s", r.out)
	}
	_, err = s.pool.Exec(t.Context(), "insert into tls_asks (host, domain, issuer, first, asked_at, ended_at, failed) values ('a.longhouse.test', 'longhouse.test', 'ca', true, $1, $1, 'no such name')", time.Now())
	s.must(err)
	if r := s.want(exitDone, "tls-certificates", "list", "--failing"); !strings.Contains(r.out, "a.longhouse.test") || !strings.Contains(r.out, "no such name") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitRefused, "tls-certificates", "revoke", "b.longhouse.test", "--reason", "keyCompromise"); !strings.Contains(r.err, "no TLS certificate is kept for this host") {
		t.Errorf("%s", r.err)
	}
	s.want(exitRefused, "tls-certificates", "revoke", "b.longhouse.test", "--reason", "boredom")
}
