package controlplane

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// AccessLog keeps what was asked of workspaces, in an object store that none of them reaches.
type AccessLog interface {
	// Keep writes a segment durably. The same again changes nothing.
	Keep(ctx context.Context, a accesslog.Accepted) error
	// Read returns a page, the last line first.
	Read(ctx context.Context, q accesslog.Query, most int) (accesslog.Page, error)
	// Stream calls each with all lines as JSON, the last first.
	Stream(ctx context.Context, q accesslog.Query, each func(line []byte) error) error
}

// AccessLine is one request to a workspace, as it ended.
type AccessLine struct {
	Time      time.Time `json:"time" doc:"When it had ended"`
	RequestID string    `json:"request_id"`
	Client    string    `json:"client" doc:"The address that asked; empty: nobody knows" example:"203.0.113.7"`
	Method    string    `json:"method" example:"GET"`
	Host      string    `json:"host"`
	Path      string    `json:"path" doc:"Without the query, and without what is a secret in it"`
	Status    int       `json:"status" doc:"0: none was sent"`
	Bytes     int64     `json:"bytes" doc:"Of the answer's body"`
	Seconds   float64   `json:"seconds" doc:"From the request's header to the end of the answer"`
	Protocol  string    `json:"protocol,omitempty" example:"HTTP/2.0"`
	Refused   string    `json:"refused,omitempty" doc:"Why the edge itself answered, as in address_denied"`
	WebSocket bool      `json:"web_socket,omitempty" doc:"It became a web socket, which has ended"`
	Aborted   bool      `json:"aborted,omitempty" doc:"The connection ended before the answer did"`
	Edge      string    `json:"edge" doc:"edg_..., by which it came"`
}

// AccessPage is one page of an access log, the last request first.
type AccessPage struct {
	Items         []AccessLine   `json:"items" doc:"May be few, or none, though others follow: what is looked through for one page is bounded"`
	NextCursor    string         `json:"next_cursor" doc:"Asks for the next page; empty: this is the last one"`
	CompleteUntil time.Time      `json:"complete_until" doc:"All requests that had ended before are here; later ones may still come"`
	Behind        []AccessBehind `json:"behind" doc:"Edges that have not told of their requests for minutes"`
	KeptDays      int            `json:"kept_days" doc:"For how long lines are kept"`
}

// AccessBehind is an edge whose requests are not all here.
type AccessBehind struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Until time.Time `json:"until" doc:"Up to when they are"`
}

// AccessFilter chooses lines.
type AccessFilter struct {
	Since  time.Time `query:"since" doc:"Only what ended from this time on"`
	Until  time.Time `query:"until" doc:"Only what ended before this time"`
	Client string    `query:"client" maxLength:"64" doc:"Only what this address, or this network, asked" example:"203.0.113.0/24"`
	Status string    `query:"status" pattern:"^[1-5]([0-9][0-9]|xx)$" doc:"Only what was answered so, as in 403, or 4xx"`
}

// AccessLogIn asks for the access log of a workspace.
type AccessLogIn struct {
	WorkspaceIn
	AccessFilter
	PageIn
}

// AccessLogOut answers with a page of it.
type AccessLogOut struct{ Body AccessPage }

func (s *Server) accessLog(ctx context.Context, in *AccessLogIn) (*AccessLogOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.accessQuery(ctx, workspace, in.AccessFilter)
	if err != nil {
		return nil, err
	}
	if page.Before != uuid.Nil {
		q.Before = accessKey(page.Before)
	}
	leave, err := s.reading.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	state, err := s.store.AccessLogState(ctx) // first: what is told meanwhile may be among the lines
	if err != nil {
		return nil, err
	}
	found, err := s.config.AccessLog.Read(ctx, q, int(in.Limit))
	if err != nil {
		return nil, err
	}
	out := AccessPage{Items: make([]AccessLine, 0, len(found.Lines)), CompleteUntil: state.Until, Behind: make([]AccessBehind, 0, len(state.Behind)), KeptDays: s.config.AccessLogDays}
	for _, l := range found.Lines {
		out.Items = append(out.Items, showAccess(l))
	}
	for _, e := range state.Behind {
		out.Behind = append(out.Behind, AccessBehind{ID: id.Show(id.Edge, e.Edge), Name: e.Name, Until: e.Until})
	}
	if found.Next != (accesslog.Key{}) {
		out.NextCursor = showCursor(in.list, accessPlace(found.Next))
	}
	return &AccessLogOut{Body: out}, nil
}

func showAccess(l accesslog.Line) AccessLine {
	return AccessLine{Time: l.At, RequestID: l.Request, Client: l.Client, Method: l.Method, Host: l.Host, Path: l.Path, Status: l.Status, Bytes: l.Bytes,
		Seconds: l.Seconds, Protocol: l.Protocol, Refused: l.Refused, WebSocket: l.WebSocket, Aborted: l.Aborted, Edge: l.Edge}
}

// accessQuery is of a workspace that is there: the log of one that is being removed goes with it.
func (s *Server) accessQuery(ctx context.Context, workspace uuid.UUID, f AccessFilter) (q accesslog.Query, err error) {
	logged, err := s.store.Logged(ctx, []uuid.UUID{workspace})
	if err != nil {
		return q, err
	}
	if !logged[workspace] {
		return q, &tenants.Refusal{Reason: tenants.Conflict, Message: "the workspace is deleted, and its access log with it"}
	}
	now := s.now()
	q = accesslog.Query{Owner: id.Show(id.Workspace, workspace), From: now.AddDate(0, 0, -s.config.AccessLogDays), To: now.Add(accesslog.MostHasty)}
	if f.Since.After(q.From) {
		q.From = f.Since
	}
	if !f.Until.IsZero() && f.Until.Before(q.To) {
		q.To = f.Until
	}
	if err := inOrder(ctx, f.Since, f.Until); err != nil {
		return q, err
	}
	if f.Client != "" {
		if q.Client, err = cidr.Parse(f.Client); err != nil {
			return q, wrongQuery(ctx, "client", "client: "+err.Error())
		}
	}
	if class, whole := strings.CutSuffix(f.Status, "xx"); whole {
		n, _ := strconv.Atoi(class) // a digit, by its pattern
		q.StatusFrom, q.StatusTo = n*100, n*100+99
	} else if f.Status != "" {
		n, _ := strconv.Atoi(f.Status)
		q.StatusFrom, q.StatusTo = n, n
	}
	return q, nil
}

// accessPlace is the place of a line as a cursor holds it, and accessKey reads it back.
func accessPlace(k accesslog.Key) (place uuid.UUID) {
	binary.BigEndian.PutUint64(place[:8], uint64(k.At.UnixNano()))
	binary.BigEndian.PutUint64(place[8:], k.Sum)
	return place
}

func accessKey(place uuid.UUID) accesslog.Key {
	return accesslog.Key{At: time.Unix(0, int64(binary.BigEndian.Uint64(place[:8]))).UTC(), Sum: binary.BigEndian.Uint64(place[8:])}
}
