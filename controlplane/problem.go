package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Problem is every error of the API (RFC 9457).
type Problem struct {
	Title     string  `json:"title" doc:"What kind of problem it is, the same each time" example:"Conflict"`
	Status    int     `json:"status" doc:"The HTTP status" example:"409"`
	Detail    string  `json:"detail" doc:"A sentence that says what is wrong and what is allowed"`
	Errors    []Fault `json:"errors,omitempty" doc:"What in the request is at fault, where it is known"`
	RequestID string  `json:"request_id" doc:"By which the operators find the request in their log"`

	header http.Header
}

// Fault is one thing that is wrong in a request. It never repeats the value, which may be a secret.
type Fault struct {
	Location string `json:"location" doc:"Where it is, as in body.slug or query.cursor"`
	Message  string `json:"message" doc:"What is wrong with it"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func problem(ctx context.Context, status int, detail string, faults ...Fault) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Errors: faults, RequestID: tenants.RequestID(ctx),
		header: http.Header{}}
}

// wrongQuery refuses what the address asks by this name.
func wrongQuery(ctx context.Context, name, message string) error {
	return problem(ctx, http.StatusUnprocessableEntity, message, Fault{Location: "query." + name, Message: message})
}

// inOrder refuses times between which there is nothing. Either may be left out.
func inOrder(ctx context.Context, since, until time.Time) error {
	if since.IsZero() || until.IsZero() || since.Before(until) {
		return nil
	}
	return wrongQuery(ctx, "until", "until is not after since, so that there is nothing between them")
}

// statusLeft is what nginx writes down where nobody waits for an answer any more. No caller sees it.
const statusLeft = 499

var statuses = map[tenants.Reason]int{
	tenants.Invalid:         http.StatusUnprocessableEntity,
	tenants.Conflict:        http.StatusConflict,
	tenants.NotFound:        http.StatusNotFound,
	tenants.Unauthenticated: http.StatusUnauthorized,
	tenants.Forbidden:       http.StatusForbidden,
	tenants.Exhausted:       http.StatusServiceUnavailable,
	tenants.TooOften:        http.StatusTooManyRequests,
}

// problemOf is how an error looks on the wire. What is neither the domain's refusal nor ours is told to the log alone.
func problemOf(ctx context.Context, err error) *Problem {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p
	}
	refusal := (*tenants.Refusal)(nil)
	if !errors.As(err, &refusal) {
		noteFailure(ctx, err)
		if errors.Is(err, context.Canceled) && entryOf(ctx).left() {
			p := problem(ctx, statusLeft, "the caller hung up before the answer was there")
			p.Title = "Caller Left"
			return p
		}
		if trouble := db.Trouble(err); trouble != "" {
			p := problem(ctx, http.StatusServiceUnavailable, trouble+"; workspaces go on, and this can be tried again in a while")
			p.header.Set("Retry-After", "10")
			return p
		}
		return problem(ctx, http.StatusInternalServerError, "something went wrong on our side; nothing more is known here, but the operators can find this request by its id")
	}
	p := problem(ctx, statuses[refusal.Reason], refusal.Message)
	noteDetail(ctx, refusal.Detail)
	if refusal.Field != "" {
		p.Errors = []Fault{{Location: "body." + refusal.Field, Message: refusal.Message}}
	}
	switch refusal.Reason {
	case tenants.Unauthenticated:
		p.header.Set("WWW-Authenticate", `Bearer realm="longhouse"`)
	case tenants.Exhausted:
		p.header.Set("Retry-After", "30")
	case tenants.TooOften:
		p.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.After.Seconds()))))
	}
	return p
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // nobody is left to tell
}

func init() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return mistaken(context.Background(), nil, status, detail, errs)
	}
	huma.NewErrorWithContext = func(hc huma.Context, status int, detail string, errs ...error) huma.StatusError {
		return mistaken(hc.Context(), hc.Operation(), status, detail, errs)
	}
}

// mistaken is a request that does not have the form that the operation's schema demands.
func mistaken(ctx context.Context, op *huma.Operation, status int, detail string, errs []error) *Problem {
	p := problem(ctx, status, detail)
	var said []string
	for _, err := range errs {
		d := (*huma.ErrorDetail)(nil)
		if !errors.As(err, &d) {
			d = &huma.ErrorDetail{Location: "body", Message: err.Error()}
		}
		f := Fault{Location: d.Location, Message: explain(op, d.Message)}
		p.Errors = append(p.Errors, f)
		said = append(said, f.Location+": "+f.Message)
	}
	if len(said) > 0 {
		p.Detail = "the request is not usable: " + strings.Join(said[:min(3, len(said))], "; ")
	}
	return p
}

func explain(op *huma.Operation, message string) string {
	if op == nil || message != "unexpected property" {
		return message
	}
	if allowed, ok := op.Metadata[bodyProperties].(string); ok {
		return "unexpected property; allowed are " + allowed
	}
	return message
}
