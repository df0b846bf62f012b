// Package oauth owns the programs of others that people let act in their name: the apps, who let which in, and the codes and tokens of
// OAuth 2.0 (RFC 6749, with the proof keys of RFC 7636). It never signs anybody in, and never decides who may have an app.
package oauth

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
)

// The paths of the protocol that are not below the API's.
const (
	AuthorizePath   = "/oauth/authorize"
	DeauthorizePath = "/oauth/deauthorize"
	TokenPath       = "/oauth/access_token"
	MetadataPath    = "/.well-known/oauth-authorization-server"
)

const scope = "user" // the only one: an app may do what its user may

const (
	codeLife = 10 * time.Minute
	// What was used is known again for as long.
	codeMemory = 24 * time.Hour
	// An app that registered itself has so long to be let in by somebody.
	strayLife = 7 * 24 * time.Hour
)

// Provider lets apps in.
type Provider struct {
	DB       *store.DB
	Sessions *sessions.Book
	Now      clock.Clock
	Secret   []byte // of the workspace
	Config   *config.Book

	failures, newcomers *throttle.Limiter
}

// NewProvider makes a provider ready to use.
func NewProvider(p Provider) *Provider {
	p.failures = throttle.New(1, 60, 10_000)
	p.newcomers = throttle.Every(time.Minute, 20, 10_000) // so that one address takes most of a day to have all places
	return &p
}

// On refuses, by the protocol's id for it, where the workspace lets no apps in.
func (p *Provider) On(id string) error {
	if p.Config.Settings().OAuth.Enabled {
		return nil
	}
	return fault.New(http.StatusNotImplemented, id, "This workspace lets no apps in over OAuth 2.0; its admins can change that.")
}

// Refused is a failure with the name that OAuth has for it, beside the protocol's own.
type Refused struct {
	Code  string
	Fault *fault.Error
	// Back says that the browser is sent back to the app to tell it. Else the app is not known for sure.
	Back bool
}

func (r *Refused) Error() string { return r.Code + ": " + r.Fault.Error() }

// Unwrap is the failure as the protocol has it.
func (r *Refused) Unwrap() error { return r.Fault }

func refuse(status int, code, id, message string, args ...any) *Refused {
	return &Refused{Code: code, Fault: fault.New(status, id, message, args...)}
}

// Forget removes the codes, tokens and apps that nobody can use any more, and the sessions that ran out.
func (p *Provider) Forget(ctx context.Context) error {
	now := p.Now.Millis()
	if err := p.DB.DeleteOldOAuthCodes(ctx, now-codeMemory.Milliseconds()); err != nil {
		return err
	}
	if err := p.DB.DeleteOldOAuthRefreshTokens(ctx, now); err != nil {
		return err
	}
	if err := p.DB.DeleteStrayOAuthApps(ctx, now-strayLife.Milliseconds()); err != nil {
		return err
	}
	return p.Sessions.Forget(ctx)
}
