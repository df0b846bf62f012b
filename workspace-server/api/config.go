package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
)

func (a *API) clientConfig(r *Request) (Response, error) {
	someone, err := a.DB.AnyUser(r.Context())
	if err != nil {
		return Response{}, err
	}
	return Response{JSON: a.Config.Client(r.SignedIn() || r.owing != nil, !someone), Header: http.Header{"Cache-Control": uncached}}, nil
}

var uncached = []string{"no-cache, no-store, must-revalidate"}

func (a *API) wholeConfig(r *Request) (Response, error) {
	d, version := a.Config.Document()
	if r.Flag("remove_masked") {
		d = d.WithoutMasked()
	}
	if r.Flag("remove_defaults") {
		d = d.WithoutDefaults()
	}
	return Response{JSON: d, Header: http.Header{"Cache-Control": uncached, "Etag": {version}}}, nil
}

const changeWithin = 30 * time.Second

// changeConfig serves both ways to change it: what the protocol's whole document leaves out stays as it is, as with its patch, for older clients
// don't know all of it.
func (a *API) changeConfig(r *Request) (Response, error) {
	wish, err := decode[config.Wish](r)
	if err != nil {
		return Response{}, err
	}
	ctx, end := context.WithTimeout(context.WithoutCancel(r.Context()), changeWithin) // what is decided holds and is told also where nobody waits for it
	defer end()
	changed, err := a.Config.Change(ctx, wish, r.Header.Get("If-Match"))
	if err != nil {
		return Response{}, err
	}
	if len(changed) > 0 {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "configuration changed", slog.String("request", r.RequestID), slog.String("user", r.User.ID.String()), slog.Any("settings", changed))
		a.Hub.Publish(realtime.Event{Name: realtime.ConfigChanged, Data: a.Config.Told()})
	}
	if err := a.Sessions.EndForbidden(ctx); err != nil {
		return Response{}, err
	}
	if err := a.Sessions.CutOwing(ctx, id.ID{}); err != nil {
		return Response{}, err
	}
	d, version := a.Config.Document()
	return Response{JSON: d, Header: http.Header{"Cache-Control": uncached, "Etag": {version}}}, nil
}

// reloadConfig takes it from the database, as is done anyway when it changes.
func (a *API) reloadConfig(r *Request) (Response, error) { return done(a.Config.Read(r.Context())) }

func (a *API) configOfEnvironment(*Request) (Response, error) {
	return reply(a.Config.Settings().Environment(), nil)
}
