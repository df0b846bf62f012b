package certs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

// tooMany is what asking for one more certificate than may be comes to, until then.
type tooMany struct {
	until time.Time
	said  string
}

// Error implements error.
func (t *tooMany) Error() string { return t.said }

// issuerName is how an issuer is called among edges: as its folder.
func issuerName(i certmagic.Issuer) string { return certmagic.StorageKeys.Safe(i.IssuerKey()) }

// asked does something that asks an issuer for the certificate of a host, if all edges together may ask it for one more, and has the
// control plane know what came of it.
func (s *shared) asked(ctx context.Context, host, issuer string, do func() error) error {
	var a wire.Ask
	err := s.learn(ctx, http.MethodPost, wire.AsksPath, url.Values{wire.HostParam: {host}, wire.ByParam: {issuer}}, &a)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it is of an earlier version", errControl)
	}
	if err != nil {
		return err
	}
	err = do()
	s.end(ctx, wire.AsksPath, a.ID, err)
	return err
}

// end says what came of something, also where ctx has ended. What isn't heard counts as a success, which is the safe side.
func (s *shared) end(ctx context.Context, path string, id int64, failed error) {
	said := ""
	if failed != nil {
		_, said = explain(failed)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLimit)
	defer cancel()
	_, _ = s.ask(ctx, http.MethodPut, path, url.Values{wire.IDParam: {strconv.FormatInt(id, 10)}}, []byte(said[:min(len(said), wire.MaxSaid)]))
}
