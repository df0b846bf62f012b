package certs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

// heedEvery is how often it is asked which certificates are revoked.
const heedEvery = 5 * time.Second

// errRevoked is what a certificate comes to that is kept somewhere and that nobody may use any more.
var errRevoked = fmt.Errorf("the certificate that is kept was revoked, so that there is none: %w", fs.ErrNotExist)

// reasonCodes are those of RFC 5280, section 5.3.1.
var reasonCodes = map[string]int{"unspecified": acme.ReasonUnspecified, "keyCompromise": acme.ReasonKeyCompromise, "superseded": acme.ReasonSuperseded,
	"cessationOfOperation": acme.ReasonCessationOfOperation}

// heedAll stops using what is revoked, until ctx ends.
func (e *Certs) heedAll(ctx context.Context) {
	tick := time.NewTicker(e.heeds)
	defer tick.Stop()
	for {
		e.heed(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// heed asks once. An edge that can't ask goes on with what it has.
func (e *Certs) heed(ctx context.Context) {
	var list wire.Revocations
	if err := e.shared.learn(ctx, http.MethodGet, wire.RevocationsPath, nil, &list); err != nil {
		return
	}
	for _, r := range list.Revocations {
		e.revoked.Store(r.Fingerprint, true)
		e.dropFromDisk(r) // before whoever finds none in memory looks there
		if c := e.find(r.Host); c != nil && fingerprint(c.Leaf.Raw) == r.Fingerprint {
			e.drop(r.Host)
			e.log.Warn("a TLS certificate was revoked, and is not used any more", "host", r.Host, "reason", r.Reason)
		}
		if r.Certificate != "" && r.Issuer == issuerName(e.magic.Issuers[0]) {
			e.tell(ctx, r)
		}
	}
}

// dropFromDisk removes what is kept of a revoked certificate, with its key.
func (e *Certs) dropFromDisk(r wire.Revocation) {
	folder := certmagic.StorageKeys.CertsSitePrefix(r.Issuer, r.Host)
	if !filepath.IsLocal(folder) {
		return
	}
	dir := filepath.Join(e.kept.Path, folder)
	text, err := os.ReadFile(filepath.Join(dir, filepath.Base(dir)+".crt"))
	if err != nil {
		return // there is none
	}
	if block, _ := pem.Decode(text); block != nil && fingerprint(block.Bytes) != r.Fingerprint {
		return
	}
	if err := os.RemoveAll(dir); err != nil {
		e.log.Error("a TLS certificate that was revoked stays on disk", "host", r.Host, "error", err)
	}
}

// tell has the issuer know, unless another edge does so, and another certificate issued.
func (e *Certs) tell(ctx context.Context, r wire.Revocation) {
	key := "revocation of " + r.Fingerprint
	if e.telling.with(key, time.Now()) != nil {
		return
	}
	short, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	if err := e.shared.Lock(short, key); err != nil {
		return // another edge is at it, or the next time
	}
	defer func() { _ = e.shared.Unlock(ctx, key) }()
	if over, err := e.isOver(ctx, r.ID); over || err != nil {
		return
	}
	err := e.tellIssuer(ctx, r)
	if ctx.Err() != nil {
		return
	}
	e.shared.end(ctx, wire.RevocationsPath, r.ID, err)
	e.telling.note(key, err, time.Now())
	if e.wanted(r.Host) {
		e.trouble.forget(r.Host)
		_, _ = e.join(r.Host) // it goes on without us
	}
}

// isOver reports whether somebody else has told the issuer meanwhile.
func (e *Certs) isOver(ctx context.Context, id int64) (bool, error) {
	var list wire.Revocations
	if err := e.shared.learn(ctx, http.MethodGet, wire.RevocationsPath, nil, &list); err != nil {
		return false, err
	}
	for _, r := range list.Revocations {
		if r.ID == id {
			return r.Certificate == "", nil
		}
	}
	return true, nil
}

// tellIssuer does nothing for the local authority, which nobody asks for what was revoked.
func (e *Certs) tellIssuer(ctx context.Context, r wire.Revocation) error {
	if e.acme == nil {
		return nil
	}
	reason, ok := reasonCodes[r.Reason]
	if !ok {
		return fmt.Errorf("there is no reason %q to revoke a certificate", r.Reason)
	}
	ctx, cancel := context.WithTimeout(ctx, issueLimit)
	defer cancel()
	if err := e.acme.PreCheck(ctx, []string{r.Host}, false); err != nil { // which finds the account
		return err
	}
	err := e.acme.Revoke(ctx, certmagic.CertificateResource{CertificatePEM: []byte(r.Certificate)}, reason)
	if problem := (acme.Problem{}); errors.As(err, &problem) && strings.HasSuffix(problem.Type, ":alreadyRevoked") {
		return nil
	}
	return err
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
