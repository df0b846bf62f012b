package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	lookWithin = 5 * time.Second
	mostLooked = 1 << 20
)

// Page is what an address leads to, as far as it is looked at.
type Page struct {
	URL  *url.URL // where it was found in the end
	Kind string   // its Content-Type
	Body io.Reader
}

// Look reads the beginning of what anybody's link leads to: a mebibyte at most, within five seconds, on a few redirects to hosts that may be asked.
// Nothing is said of who asks, and nothing is logged.
func (c *Client) Look(ctx context.Context, link, accept string, may func(host string) bool, see func(Page) error) error {
	ctx, done := context.WithTimeout(ctx, lookWithin)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil || !Valid(link) || request.URL.User != nil {
		return errors.New("the address is none")
	}
	if !may(request.URL.Hostname()) {
		return ErrForbidden
	}
	request.Header = http.Header{"User-Agent": {"Longhouse"}, "Accept": {accept}}
	visitor := &http.Client{Transport: c.http.Transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if !may(next.URL.Hostname()) || next.URL.User != nil {
			return ErrForbidden
		}
		return follow(next, before)
	}}
	response, err := visitor.Do(request)
	if err != nil {
		return plain(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the status is %d", response.StatusCode)
	}
	return see(Page{URL: response.Request.URL, Kind: response.Header.Get("Content-Type"), Body: io.LimitReader(response.Body, mostLooked)})
}
