package api

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func ok(*Request) (Response, error) { return done(nil) }

// emptyList answers for features that this server does not have and whose lists are therefore empty.
func emptyList(*Request) (Response, error) { return reply([]string{}, nil) }

// noTrial says that the workspace had no trial of a licence before, as there is none.
func noTrial(*Request) (Response, error) { return Response{}, fault.NotFound("license") }

// ping is also how the workspace's host asks whether it is ready.
func (a *API) ping(r *Request) (Response, error) {
	out := map[string]string{"status": "OK", "ActiveSearchBackend": "database", "AndroidLatestVersion": "", "AndroidMinVersion": "",
		"IosLatestVersion": "", "IosMinVersion": "", "DesktopLatestVersion": "", "DesktopMinVersion": ""}
	if device := r.Query().Get("device_id"); device != "" {
		out["CanReceiveNotifications"] = a.Notify.CanReceive(r.Context(), device)
	}
	answer := Response{JSON: out}
	if r.Flag("get_server_status") {
		out["database_status"], out["filestore_status"] = "OK", "OK"
		if a.DB.Ping(r.Context()) != nil {
			out["status"], out["database_status"] = "UNHEALTHY", "UNHEALTHY"
			answer.Status = http.StatusInternalServerError
		}
	}
	return answer, nil
}

func (a *API) clientLicense(*Request) (Response, error) { return reply(config.License(), nil) }

//go:embed timezones.txt
var zones string

func (a *API) timezones(*Request) (Response, error) { return reply(strings.Fields(zones), nil) }

// limits tells admins how many users there are; nothing is limited.
func (a *API) limits(r *Request) (Response, error) {
	var out wire.ServerLimits
	if !r.Admin() {
		return reply(out, nil)
	}
	n, err := a.DB.CountUsers(r.Context())
	out.ActiveUserCount = n
	return reply(out, err)
}

// clientLog takes what a client complains about, cut short: it is not our word.
func (a *API) clientLog(r *Request) (Response, error) {
	in, err := decode[map[string]string](r)
	if err != nil {
		return Response{}, err
	}
	message := in["message"]
	if len(message) > 400 {
		message = message[:400]
	}
	a.Log.Debug("client log", "request", r.RequestID, "user", r.User.ID.String(), "message", message)
	return reply(in, nil)
}

func (a *API) allRoles(*Request) (Response, error) { return reply(roles.All(), nil) }

func (a *API) roleByName(r *Request) (Response, error) {
	found := roles.Named([]string{r.Path("role_name")})
	if len(found) == 0 {
		return Response{}, fault.NotFound("role")
	}
	return reply(found[0], nil)
}

func (a *API) rolesByNames(r *Request) (Response, error) {
	names, err := decode[[]string](r)
	if err != nil {
		return Response{}, err
	}
	if len(names) == 0 || len(names) > 100 {
		return Response{}, fault.BadBody("rolenames", "a list of 1 to 100 names")
	}
	return reply(roles.Named(names), nil)
}
