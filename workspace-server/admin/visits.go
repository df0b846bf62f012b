package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// visit is by whom and from where sessions were used last.
type visit struct {
	UserID   string    `json:"user_id"`
	Username string    `json:"username"`
	Address  string    `json:"address"`
	Sessions int64     `json:"sessions"`
	LastAt   time.Time `json:"last_at"`
}

// visits says since a time, in milliseconds since 1970, whom another IP filter would meet.
func (d *Desk) visits(_ http.ResponseWriter, r *http.Request) (any, error) {
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		return nil, fault.BadBody("since", "a time in milliseconds since 1970")
	}
	rows, leftOut, err := d.API.Sessions.Visits(r.Context(), time.UnixMilli(since))
	out := struct {
		Visits  []visit `json:"visits"`
		LeftOut int64   `json:"left_out"` // sessions that are not in visits, because there are too many
	}{make([]visit, 0, len(rows)), leftOut}
	for _, v := range rows {
		out.Visits = append(out.Visits, visit{v.UserID.String(), v.Username, v.Address, v.Sessions, time.UnixMilli(v.LastAt).UTC()})
	}
	return out, err
}
