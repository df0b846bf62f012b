package admin

import (
	"net/http"
	"time"
)

// leisure is whether the server may be stopped, and until when.
type leisure struct {
	NextWakeAt *time.Time `json:"next_wake_at"` // when it has to run again, as due.Ledger has it; null: when somebody asks it something
	WebSockets int        `json:"web_sockets"`  // open ones of this instance; another one beside it has its own
}

// rest is what whoever runs the server asks before it stops it. Where the database says nothing the call fails: that is no reason to stop.
// It takes a connection to the database, which an idle workspace is to be without: who asks again waits until a rest may be over.
func (d *Desk) rest(_ http.ResponseWriter, r *http.Request) (any, error) {
	next, err := d.API.Due.Next(r.Context())
	return leisure{NextWakeAt: next, WebSockets: d.API.Hub.Sockets()}, err
}
