package edge

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// Config is what an edge needs to know.
type Config struct {
	// Listen is host:port for clients; port 0 takes a free one, which /v1/info tells. Unused with Listener.
	Listen string
	// Listener is one that was inherited from the process before. Run closes it.
	Listener net.Listener
	// TLS is how clients are served by https.
	TLS TLS
	// ControlURL is the control plane's, http or https, without a path.
	ControlURL string
	// TokenFile holds the edge token; it is read again at each connect.
	TokenFile string
	// Name is what people call this edge.
	Name string
	// StateDir keeps the route table, and who this edge is; it is made where missing. Two edges must not have the same, nor a copy of it.
	StateDir string
	// AdminSocket is the path of the unix socket for health, info and metrics.
	AdminSocket string
	// BaseDomain is the one that this edge serves; routes for another, on disk or from the stream, are refused.
	BaseDomain string
	// Trust says which servers in front of the edge are believed; empty: none.
	Trust Trust
	// Rates are how many requests one workspace gets whose plan is not known, or isn't in PlanRates, which are those of each plan.
	Rates     Rates
	PlanRates map[string]Rates
	// Log takes the edge's own lines.
	Log *slog.Logger
	// AccessLog takes a line of JSON for each request, several at a time; nil takes none.
	AccessLog io.Writer
}

// Validate names every setting that can't work, its value, and what is allowed.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if _, _, err := net.SplitHostPort(c.Listen); c.Listener == nil && err != nil {
		bad("listen address %q: allowed is host:port", c.Listen)
	}
	if err := c.TLS.validate(); err != nil {
		problems = append(problems, err)
	}
	if err := checkControlURL(c.ControlURL); err != nil {
		problems = append(problems, err)
	}
	for setting, path := range map[string]string{"token file": c.TokenFile, "state directory": c.StateDir,
		"admin socket": c.AdminSocket} {
		if !filepath.IsAbs(path) {
			bad("%s %q: allowed is an absolute path", setting, path)
		}
	}
	if len(c.AdminSocket) > maxSocketPath {
		bad("admin socket %q: allowed is a path of at most %d bytes", c.AdminSocket, maxSocketPath)
	}
	if domain, err := canonicalHost(c.BaseDomain); err != nil || domain != c.BaseDomain {
		bad("base domain %q: allowed is a lower-case host name", c.BaseDomain)
	}
	if err := c.Trust.Validate(); err != nil {
		problems = append(problems, err)
	}
	for _, r := range append(slices.Collect(maps.Values(c.PlanRates)), c.Rates) {
		if err := r.Validate(); err != nil {
			problems = append(problems, err)
		}
	}
	if err := feed.CheckName(c.Name); err != nil {
		problems = append(problems, err)
	}
	if c.Log == nil {
		bad("log: a logger is needed")
	}
	return errors.Join(problems...)
}

func checkControlURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case strings.Contains(raw, "@"): // not repeated: it may hold a password
		return errors.New("control URL: a user or password in it is not allowed; allowed is http(s)://host:port")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Path != "" && u.Path != "/", u.RawQuery != "":
		return fmt.Errorf("control URL %q: allowed is http(s)://host:port", raw)
	}
	return nil
}
